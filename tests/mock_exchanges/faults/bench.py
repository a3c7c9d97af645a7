"""A real client at a mock exchange with a fault, on virtual time: what each fault's test needs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import aiohttp

from conformance.clock import run
from mock_exchanges.core.engine import Engine
from mock_exchanges.faults import Fault
from mock_exchanges.server.mock import MockExchange

# 2026-07-25 17:20 UTC, a whole minute and no whole hour.
EPOCH_MS = 1_785_000_000_000

T = TypeVar("T")


def play(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a scenario on virtual time."""
    return run(main, epoch_ms=EPOCH_MS)


class Client:
    """An aiohttp client of one mock exchange, subscribed to one-minute candles."""

    def __init__(self, mock: MockExchange, session: aiohttp.ClientSession) -> None:
        self.mock = mock
        self.http = session
        self.samples = mock.exchange.samples
        self.pair = self.samples.pairs[0]
        self.interval = self.samples.usual

    @property
    def address(self) -> tuple[str, int]:
        """(host, port) of the http and ws listener."""
        assert self.mock.plain_address is not None
        return self.mock.plain_address

    async def connect(self, **options: Any) -> aiohttp.ClientWebSocketResponse:
        """Open a connection, without subscribing. Raises what aiohttp raises."""
        path, query = self.samples.handshake(self.mock.now_ms())
        url = f"{self.mock.ws_url}{path}?{query}" if query else f"{self.mock.ws_url}{path}"
        options = {"autoclose": True, **options}
        ws: aiohttp.ClientWebSocketResponse = await self.http.ws_connect(url, **options)
        return ws

    async def subscribed(self, **options: Any) -> aiohttp.ClientWebSocketResponse:
        """Open a connection and ask for candles."""
        ws = await self.connect(**options)
        for text in (
            *self.samples.login(self.mock.now_ms()),
            self.samples.subscription(self.pair, self.interval),
            *self.samples.opening(),
        ):
            await ws.send_str(text)
        return ws

    def tells(self, text: str) -> bool:
        """Return whether a message carries candles."""
        return self.samples.about(text) is not None

    async def candles(self, ws: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
        """Return the next candle messages. Raises EOFError if the connection ends before."""
        found: list[str] = []
        while len(found) < count:
            message = await ws.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise EOFError(f"{message.type.name} {message.data} {message.extra}")
            if self.tells(message.data):
                found.append(message.data)
        return found

    async def hears(
        self, ws: aiohttp.ClientWebSocketResponse, within_s: float
    ) -> list[aiohttp.WSMessage]:
        """Return every message of the next so many seconds."""
        heard: list[aiohttp.WSMessage] = []
        try:
            async with asyncio.timeout(within_s):
                while True:
                    heard.append(await ws.receive())
                    if heard[-1].type not in (
                        aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY,
                        aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG,
                    ):  # fmt: skip
                        break
        except TimeoutError:
            pass
        return heard

    async def is_well(self) -> None:
        """Connect anew and get candles: nothing is left of any fault."""
        ws = await self.subscribed()
        texts = await self.candles(ws, 3)
        assert all(self.samples.about(text) for text in texts)
        await ws.close()
        assert ws.close_code == 1000


@asynccontextmanager
async def client(exchange: str = "demo", **options: Any) -> AsyncIterator[Client]:
    """Run a mock exchange and give a client of it."""
    async with AsyncExitStack() as stack:
        mock = await stack.enter_async_context(MockExchange(exchange, **options))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Client(mock, session)


def with_fault(
    fault: Fault,
    act: Callable[[Client], Awaitable[T]],
    exchange: str = "demo",
    **options: Any,
) -> T:
    """Run ``act`` while a fault is at work; afterwards a new connection must be well."""

    async def main() -> T:
        async with client(exchange, **options) as one:
            active = one.mock.add_fault(fault)
            found = await act(one)
            assert active.struck, f"{fault.told()} never struck"
            one.mock.remove_fault(active)
            await one.is_well()
            return found

    return play(main)


def loads(text: str) -> Any:
    """Read JSON."""
    return json.loads(text)


__all__ = ["EPOCH_MS", "Client", "Engine", "client", "loads", "play", "with_fault"]
