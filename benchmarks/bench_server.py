"""The server against bare sockets: fan-out, joined frames, pages of candles.

    python benchmarks/bench_server.py [--clients 100] [--rounds 40]

Each figure is a ratio to bare asyncio (or bare aiohttp) measured in turn in the same
process, so that a busy machine disturbs both alike. CPU time is counted, not wall time;
in the fan-out it is the server's alone, for the pages that of both ends.
"""

from __future__ import annotations

import argparse
import asyncio
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import ClassVar

import aiohttp
from aiohttp import web

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.frames import text_frame
from mock_exchanges.server.mock import MockExchange

MESSAGE = (
    '{"e":"kline","s":"BTCUSDT","k":{' + ",".join(f'"{n}":"0.00000000"' for n in range(18)) + "}}"
)
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
Block = Callable[[], Awaitable[None]]


def drain(port: int, count: int, hello: bytes) -> None:
    """Be clients that only drain, until killed."""
    chooser = selectors.DefaultSelector()
    for _ in range(count):
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(hello)
        chooser.register(sock, selectors.EVENT_READ, sock)
    while True:
        for key, _ in chooser.select():
            if not key.data.recv(1 << 20):
                chooser.unregister(key.data)


def start_clients(
    address: tuple[str, int] | None, count: int, kind: str
) -> subprocess.Popen[bytes]:
    assert address is not None
    return subprocess.Popen(
        [sys.executable, __file__, "--drain", kind, str(address[1]), str(count)]
    )


class Bare(asyncio.Protocol):
    """A server that is nothing but its transport."""

    transports: ClassVar[list[asyncio.Transport]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transports.append(transport)


async def in_turns(first: Block, second: Block, rounds: int) -> tuple[float, float]:
    """Return CPU seconds a block of the second, and the median ratio first / second."""
    for block in (first, second):
        await block()
    ratios, costs = [], []
    for _ in range(rounds):
        spent = []
        for block in (first, second):
            begun = time.process_time()
            await block()
            spent.append(time.process_time() - begun)
        costs.append(spent[1])
        ratios.append(spent[0] / spent[1])
    return statistics.median(costs), statistics.median(ratios)


async def sent(transports: list[asyncio.Transport]) -> None:
    await asyncio.sleep(0)
    while any(transport.get_write_buffer_size() for transport in transports):  # noqa: ASYNC110
        await asyncio.sleep(0)


async def fan_out(clients: int, rounds: int, frames: int) -> str:
    """Push messages to many clients: bare transport writes against the whole server."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Bare, "127.0.0.1", 0, backlog=4096)
    children = [start_clients(server.sockets[0].getsockname(), clients, "bare")]
    async with MockExchange("binance", limits=False) as mock:
        children.append(start_clients(mock.plain_address, clients, "ws"))
        while len(mock.engine.connections) < clients or len(Bare.transports) < clients:  # noqa: ASYNC110
            await asyncio.sleep(0)
        connections = list(mock.engine.connections.values())
        shell = mock._shell
        assert shell is not None
        ours = [wire._transport for wire in shell._wires.values()]
        repeats = max(1, 4000 // clients)
        frame = text_frame(MESSAGE)

        async def bare() -> None:
            for _ in range(repeats):
                for _ in range(frames):
                    for transport in Bare.transports:
                        transport.write(frame)
                await sent(Bare.transports)

        async def whole() -> None:
            for _ in range(repeats):
                actions: list[Action] = [Send(MESSAGE)] * frames
                now_ms = mock.now_ms()
                shell._perform(
                    [(each, mock.engine._leave(each, actions, now_ms)) for each in connections]
                )
                await sent(ours)

        cost, ratio = await in_turns(bare, whole, rounds)
    for transport in Bare.transports:
        transport.abort()
    Bare.transports.clear()
    server.close()
    for child in children:
        child.kill()
        child.wait()
    micros = cost / (repeats * clients * frames) * 1e6
    return (
        f"fan-out, {clients} clients, {frames:2} frames a tick: "
        f"{micros:4.1f} µs a frame, {ratio:.2f} x bare asyncio"
    )


async def pages(rounds: int) -> str:
    """Fetch pages of 500 candles: bare aiohttp with ready bytes against the exchange."""
    async with MockExchange("binance", limits=False) as mock, aiohttp.ClientSession() as session:
        url = f"{mock.rest_url}/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=1717243200000"
        async with session.get(url) as response:
            body = await response.read()

        async def cached(request: web.BaseRequest) -> web.StreamResponse:
            return web.Response(body=body, content_type="application/json")

        bare_server = web.Server(cached, access_log=None)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(bare_server, "127.0.0.1", 0)
        bare_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

        async def fetch(target: str) -> None:
            for _ in range(40):
                async with session.get(target) as response:
                    await response.read()

        cost, ratio = await in_turns(lambda: fetch(bare_url), lambda: fetch(url), rounds)
        server.close()
        bare_server.pre_shutdown()
        await bare_server.shutdown(1)
    return (
        f"pages of 500 candles: {cost / 40 * 1e6:5.0f} µs (both ends), {ratio:.2f} x bare aiohttp"
    )


async def main(clients: int, rounds: int) -> None:
    for frames in (1, 10, 50):
        sys.stdout.write(await fan_out(clients, rounds, frames) + "\n")
    sys.stdout.write(await pages(rounds) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drain", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=40)
    arguments = parser.parse_args()
    if arguments.drain:
        kind, port, count = arguments.drain
        drain(int(port), int(count), HANDSHAKE if kind == "ws" else b"")
    asyncio.run(main(arguments.clients, arguments.rounds))
