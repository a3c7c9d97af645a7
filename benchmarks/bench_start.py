"""Starting all exchanges, and what an idle connection weighs.

Run: ``pytest benchmarks/bench_start.py``, or ``python benchmarks/bench_start.py binance`` for
the memory alone. The yardstick is a bare aiohttp server; memory is in private pages of a
process, the client's raw socket with it, and stands in ``--benchmark-json``.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from mock_exchanges.registry import names
from mock_exchanges.server.mock import MockExchange

CONNECTIONS = 1000
HELLO = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def bare() -> tuple[int, Callable[[], Awaitable[None]]]:
    """Start an aiohttp server that upgrades and waits; return its port and its end."""

    async def idle(request: web.BaseRequest) -> web.WebSocketResponse:
        answer = web.WebSocketResponse(compress=False)
        await answer.prepare(request)
        async for _ in answer:
            pass
        return answer

    runner = web.ServerRunner(web.Server(idle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return port, runner.cleanup


def private_kib() -> int:
    """Return this process's private memory in KiB (Linux)."""
    rollup = Path("/proc/self/smaps_rollup").read_text("ascii")
    return next(int(line.split()[1]) for line in rollup.splitlines() if "Private_Dirty" in line)


async def weigh(port: int) -> float:
    """Return KiB for each of many idle connections."""
    loop = asyncio.get_running_loop()
    open_: list[socket.socket] = []

    async def connect(count: int) -> None:
        for _ in range(count):
            sock = socket.socket()
            sock.setblocking(False)
            await loop.sock_connect(sock, ("127.0.0.1", port))
            await loop.sock_sendall(sock, HELLO)
            assert b"101" in await loop.sock_recv(sock, 4096)
            open_.append(sock)

    await connect(100)
    gc.collect()
    before = private_kib()
    await connect(CONNECTIONS)
    gc.collect()
    after = private_kib()
    for sock in open_:
        sock.close()
    return (after - before) / CONNECTIONS


@pytest.mark.benchmark(group="start and end of servers")
def test_start_bare_aiohttp(benchmark: Any) -> None:
    async def once() -> None:
        _, end = await bare()
        await end()

    benchmark.pedantic(lambda: asyncio.run(once()), rounds=10, warmup_rounds=1)


@pytest.mark.benchmark(group="start and end of servers")
def test_start_all_exchanges(benchmark: Any) -> None:
    async def once() -> None:
        mocks = [MockExchange(name) for name in names()]
        for mock in mocks:
            await mock.start()
        for mock in mocks:
            await mock.stop()

    benchmark.pedantic(lambda: asyncio.run(once()), rounds=10, warmup_rounds=1)


async def weigh_one(what: str) -> float:
    """Return KiB for each idle connection to a bare server or to an exchange."""
    if what == "bare":
        port, end = await bare()
        weight = await weigh(port)
        await end()
        return weight
    async with MockExchange(what, limits=False) as mock:
        assert mock.plain_address is not None
        return await weigh(mock.plain_address[1])


@pytest.mark.benchmark(group="idle connections (see extra_info: KiB)")
@pytest.mark.parametrize("what", ["bare", "binance"])
def test_idle_connections(benchmark: Any, what: str) -> None:
    # in a process of its own, whose memory nothing else has used before
    def once() -> str:
        done = subprocess.run(
            [sys.executable, __file__, what], capture_output=True, text=True, check=True
        )
        return done.stdout

    benchmark.extra_info["KiB"] = float(benchmark.pedantic(once, rounds=1))


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(weigh_one(sys.argv[1])):.1f}\n")
