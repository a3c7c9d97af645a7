"""What virtual time costs. Run: ``pytest benchmarks/bench_clock.py``.

The yardstick of the trips is asyncio's own selector loop doing the same; of the jumps
and clocks there is none, as nothing real jumps.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conformance.clock import run

Main = Callable[[], Awaitable[None]]
TRIPS = 1_000
JUMPS = 10_000


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def trips() -> None:
    """Messages of 100 bytes there and back on one connection."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for _ in range(TRIPS):
        writer.write(b"x" * 100)
        await reader.readexactly(100)
    writer.close()
    await writer.wait_closed()
    server.close()
    await asyncio.sleep(0)


async def jumps() -> None:
    for _ in range(JUMPS):
        await asyncio.sleep(2)


async def clock_reads() -> None:
    for _ in range(JUMPS):
        time.time()
        time.monotonic()


async def nothing() -> None:
    pass


def on_a_real_loop(main: Main) -> None:
    loop = asyncio.SelectorEventLoop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


@pytest.mark.benchmark(group="1,000 trips")
@pytest.mark.parametrize("on", [on_a_real_loop, run], ids=["real", "virtual"])
def test_trips(benchmark: Any, on: Callable[[Main], None]) -> None:
    benchmark(on, trips)


@pytest.mark.benchmark(group="10,000 jumps")
def test_jumps(benchmark: Any) -> None:
    benchmark(run, jumps)


@pytest.mark.benchmark(group="10,000 readings of time and monotonic")
@pytest.mark.parametrize("on", [on_a_real_loop, run], ids=["real", "virtual"])
def test_clock_reads(benchmark: Any, on: Callable[[Main], None]) -> None:
    benchmark(on, clock_reads)


@pytest.mark.benchmark(group="an empty run")
def test_start_and_stop(benchmark: Any) -> None:
    benchmark(run, nothing)
