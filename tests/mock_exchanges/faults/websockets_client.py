"""The same as bench.Client for the `websockets` library, which judges frames by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.mock_exchanges.faults.bench import Client


@asynccontextmanager
async def subscribed(one: Client, **options: Any) -> AsyncIterator[ClientConnection]:
    """Open a connection with `websockets` and ask for candles. It sends no pings unless asked."""
    path, query = one.samples.handshake(one.mock.now_ms())
    url = f"{one.mock.ws_url}{path}?{query}" if query else f"{one.mock.ws_url}{path}"
    given = {"ping_interval": None, "close_timeout": 5, **options}
    async with connect(url, **given) as ws:
        await ws.send(one.samples.subscription(one.pair, one.interval))
        yield ws
