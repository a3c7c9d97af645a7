"""Ordinary clients on the demo exchange, over sockets: each handshake, candles, a drop.

Nobody ships an SDK for an exchange that does not exist, so this is what is left of one: a
WebSocket library and an HTTP library, used as their documents show.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import aiohttp
import pytest

from conformance.clock import run
from mock_exchanges import Drop, MockExchange
from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.demo import wire
from mock_exchanges.demo.profile import INTERVALS
from tests.clients.recipe import recipe

CHANNEL = "candle.1m.BTC-USDT"


@recipe(client="aiohttp", exchange="demo", carries="WebSocket; its URL comes by REST for a token")
async def stream_url(mock: MockExchange, session: aiohttp.ClientSession, handshake: str) -> str:
    if handshake != "token":
        return f"{mock.ws_url}/ws"
    async with session.post(f"{mock.rest_url}/api/v1/token") as answer:
        made = await answer.json()
    return f"{made['endpoint']}?token={made['token']}"


class Client:
    """Follows one channel, answers pings, connects again when a connection ends."""

    def __init__(self, mock: MockExchange, session: aiohttp.ClientSession, handshake: str) -> None:
        self.mock = mock
        self.session = session
        self.handshake = handshake
        self.newest: dict[int, Any] = {}
        self.kinds: list[str] = []

    async def follow(self) -> None:
        while True:
            url = await stream_url(self.mock, self.session, self.handshake)
            async with self.session.ws_connect(url) as socket:
                if self.handshake == "login":
                    ts = int(time.time() * 1000)
                    text = f"{ts}login".encode()
                    sign = hmac.new(b"demo-secret", text, hashlib.sha256).hexdigest()
                    login = {"key": "demo-key", "ts": ts, "sign": sign}
                    await socket.send_json({"op": "login", "args": [login]})
                await socket.send_json({"method": "subscribe", "params": [CHANNEL], "id": 1})
                async for message in socket:
                    await self.take(socket, json.loads(message.data))

    async def take(self, socket: aiohttp.ClientWebSocketResponse, data: dict[str, Any]) -> None:
        if data.get("op") == "ping":
            await socket.send_json({"op": "pong", "ts": data["ts"]})
            return
        self.kinds.append(data["type"])
        if data["type"] in ("snapshot", "candle"):
            rows = data["data"] if data["type"] == "snapshot" else [data["data"]]
            self.newest |= {row["t"]: row for row in rows}

    async def history(self, start_s: int, count: int, page: int) -> list[Any]:
        rows: list[Any] = []
        while len(rows) < count:
            params = {"symbol": "BTC-USDT", "interval": "1m", "start": str(start_s),
                      "limit": str(min(page, count - len(rows)))}  # fmt: skip
            url = f"{self.mock.rest_url}/api/v1/candles"
            async with self.session.get(url, params=params) as answer:
                found = (await answer.json())["data"]
            rows += found
            start_s = found[-1]["t"] // 1000 + 60
        return rows


@pytest.mark.parametrize("handshake", ["simple", "login", "token"])
def test_candles_by_stream_and_pages_survive_a_drop(handshake: str) -> None:
    async def minutes() -> tuple[MockExchange, Client, list[Any], int]:
        name = "demo" if handshake == "simple" else f"demo@{handshake}"
        async with MockExchange(name) as mock, aiohttp.ClientSession() as session:
            client = Client(mock, session, handshake)
            started = mock.now_ms()
            following = asyncio.create_task(client.follow())
            await asyncio.sleep(5 * 60)
            assert mock.end_connections(Drop("eof")) == 1
            await asyncio.sleep(5 * 60 + 1)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            first_s = started // MINUTE_MS * 60 - 1_000 * 60
            return mock, client, await client.history(first_s, 1_000, 300), started

    mock, client, history, started = run(minutes)
    grid = INTERVALS["1m"]
    opened = grid.floor(started)

    def written(start_ms: int, count: int) -> list[Any]:
        end_ms = start_ms + count * MINUTE_MS
        candles = mock.market.candles("BTC-USDT", grid, start_ms, end_ms)
        return [json.loads(wire.candle(candle)) for candle in candles]

    followed = written(opened, 10)
    assert [client.newest[row["t"]] for row in followed] == followed
    assert history == written(opened - 1_000 * MINUTE_MS, 1_000)
    assert client.kinds.count("subscribed") == client.kinds.count("snapshot") == 2
    assert client.kinds.count("login") == (2 if handshake == "login" else 0)
    assert "error" not in client.kinds
    assert mock.engine.accepted == 2
    assert mock.journal.of("close", "near-miss") == []
