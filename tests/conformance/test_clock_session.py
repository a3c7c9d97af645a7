"""An hour of a simulated stream: pings both ways, updates, time-outs, a disconnect."""

from __future__ import annotations

import asyncio
import time

import aiohttp
from aiohttp import WSMsgType, web

from conformance.clock import run

HOUR_S = 3_600


async def stream(request: web.Request) -> web.WebSocketResponse:
    """Ping every 20 s, send an update every 2 s, close after an hour."""
    loop = asyncio.get_running_loop()
    socket = web.WebSocketResponse(heartbeat=20, timeout=10)
    await socket.prepare(request)
    end = loop.time() + HOUR_S

    async def updates() -> None:
        while loop.time() < end:
            await asyncio.sleep(2)
            await socket.send_str(f"{time.time_ns() // 1_000_000}")
        await socket.close(code=1001)

    task = asyncio.create_task(updates())
    try:
        async for message in socket:
            await socket.send_str(message.data)
    finally:
        task.cancel()
    return socket


async def session() -> list[tuple[int, str]]:
    """Every message, with the virtual millisecond at which it came."""
    app = web.Application()
    app.router.add_get("/ws", stream)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    seen = []
    try:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(f"http://{host}:{port}/ws", heartbeat=18) as socket,
        ):
            while True:
                message = await socket.receive(timeout=2.5)
                now_ms = time.time_ns() // 1_000_000
                if message.type is not WSMsgType.TEXT:
                    seen.append((now_ms, f"{message.type.name} {socket.close_code}"))
                    return seen
                assert int(message.data) == now_ms
                seen.append((now_ms, message.data))
    finally:
        await runner.cleanup()


def test_an_hour_passes_without_a_false_time_out_and_always_the_same() -> None:
    began = time.perf_counter()
    first = run(session)
    assert len(first) == 1_801
    assert first[-1][1] == "CLOSE 1001"
    assert first[-1][0] - first[0][0] == (HOUR_S - 2) * 1_000
    assert run(session) == first
    assert time.perf_counter() - began < 10
