"""coinbase-advanced-py (the official SDK), unmodified, on the mock: all is the ledger's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.clock import run
from mock_exchanges.coinbase import create, tokens
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.threaded import running
from mock_exchanges.server.tls import Authority
from tests.clients.recipe import defect, recipe

pytest.importorskip(
    "coinbase.rest", reason="needs coinbase-advanced-py, which wants websockets below 14"
)

from coinbase.rest import RESTClient
from coinbase.websocket import WebsocketResponse, WSClient

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE, FIVE = every(MINUTE_MS), every(5 * MINUTE_MS)
COLUMNS = ("open", "high", "low", "close", "volume")
PATIENCE_S = 3_600


def values(candle: Candle) -> list[float]:
    return [candle.open_ms // 1000, *(float(candle.decimal(column)) for column in COLUMNS)]


def read(row: Any) -> list[float]:
    """Read a candle of the SDK, typed or as JSON."""
    found = row if isinstance(row, dict) else row.to_dict()
    return [int(found["start"]), *(float(found[column]) for column in COLUMNS)]


def ledger(market: Market, grid: Any, start_ms: int, end_ms: int) -> list[list[float]]:
    candles = market.candles("BTC-USD", grid, start_ms, end_ms)
    return [values(candle) for candle in candles if candle.trades]


@recipe(client="coinbase-advanced-py", exchange="coinbase", carries="WebSocket")
def stream(mock: MockExchange, heard: Callable[[str], None], **options: Any) -> Any:
    return WSClient(base_url=mock.ws_url, on_message=heard, **options)


class Listener:
    """The SDK's stream client, in the loop that it is opened in, and what it got."""

    def __init__(self, mock: MockExchange, **options: Any) -> None:
        self.texts: list[str] = []
        self._typed: list[Any] = []
        self._arrived = asyncio.Event()
        self.sdk = stream(mock, self._take, **options)

    def _take(self, text: str) -> None:
        self.texts.append(text)
        self._arrived.set()

    @property
    def typed(self) -> list[Any]:
        """The messages as the SDK reads them, each read once."""
        for text in self.texts[len(self._typed) :]:
            self._typed.append(WebsocketResponse(json.loads(text)))
        return self._typed

    def candles(self, kind: str = "update") -> list[Any]:
        events = (e for message in self.typed if message.channel == "candles"
                  for e in message.events)  # fmt: skip
        return [candle for event in events if event.type == kind for candle in event.candles]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._arrived.clear()
                await self._arrived.wait()

    async def close(self) -> None:
        """End what is left of the SDK; it has no way to after it stopped by itself."""
        self.sdk.retry = False
        if self.sdk._is_websocket_open():
            await self.sdk.close_async()
        if self.sdk._task is not None:
            await self.sdk._task


def listening(what: Callable[[MockExchange, Listener], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        async with MockExchange(create, epoch_ms=EPOCH_MS) as mock:
            listener = Listener(mock, **options)
            await listener.sdk.open_async()
            try:
                await what(mock, listener)
            finally:
                await listener.close()

    run(main, epoch_ms=EPOCH_MS)


def final(rows: list[Any]) -> list[list[float]]:
    """Return each bucket's last state, but for the running one."""
    latest = {row[0]: row for row in map(read, rows)}
    return [latest[start] for start in sorted(latest)][:-1]


def test_follows_candles_through_the_typed_messages() -> None:
    async def follow(mock: MockExchange, listener: Listener) -> None:
        await listener.sdk.heartbeats_async()
        await listener.sdk.candles_async(["BTC-USD"])
        await listener.until(lambda: len({c.start for c in listener.candles()}) > 3)
        assert len(listener.candles("snapshot")) == 100
        got = final(listener.candles())
        start_ms, end_ms = int(got[0][0]) * 1000, int(got[-1][0] + 300) * 1000
        assert got == ledger(mock.market, FIVE, start_ms, end_ms)
        assert len(got) >= 3
        numbers = [message.sequence_num for message in listener.typed]
        assert numbers == list(range(len(numbers)))
        await listener.sdk.unsubscribe_async(["BTC-USD"], ["candles"])
        await asyncio.sleep(1)
        acks = [m for m in listener.typed if m.channel == "subscriptions"]
        assert acks[-1].events[0].subscriptions == {"heartbeats": ["heartbeats"]}
        assert mock.engine.accepted == 1

    listening(follow)


@defect(
    "After a reconnect it does not subscribe to `heartbeats` again.",
    client="coinbase-advanced-py",
    exchange="coinbase",
)
@pytest.mark.parametrize("how", [Close(1011), Drop("eof"), Drop("reset")], ids=str)
def test_reconnects_and_subscribes_candles_again_but_not_heartbeats(how: Close | Drop) -> None:
    """Cause: the list of products for it is empty, and an empty list is not sent again."""

    async def drop(mock: MockExchange, listener: Listener) -> None:
        await listener.sdk.heartbeats_async()
        await listener.sdk.candles_async(["BTC-USD"])
        await listener.until(lambda: len(listener.candles()) > 5)
        mock.end_connections(how)
        before = len(listener.texts)
        await mock.until("connect", within_s=60, after=mock.journal.total)
        await listener.until(lambda: len({c.start for c in listener.candles()}) > 2)
        got = final(listener.candles())
        start_ms, end_ms = int(got[0][0]) * 1000, int(got[-1][0] + 300) * 1000
        assert got == ledger(mock.market, FIVE, start_ms, end_ms)
        sent = [entry.text for entry in mock.journal.of("in", connection=2)]
        assert [json.loads(text)["channel"] for text in sent] == ["candles"]
        again = [message for message in listener.typed[before:] if message.channel == "heartbeats"]
        assert again == []
        assert mock.engine.connections[2].request.headers["x-cb-retry-counter"] == "1"

    listening(drop)


@defect(
    "After a close with 1000 or 1001 it stops, without an exception or a callback.",
    client="coinbase-advanced-py",
    exchange="coinbase",
)
@pytest.mark.parametrize("code", [1000, 1001])
def test_a_clean_close_ends_it_without_a_word(code: int) -> None:
    """Cause: it takes 1001, with which Coinbase restarts, for a wish of its own."""

    async def close(mock: MockExchange, listener: Listener) -> None:
        await listener.sdk.candles_async(["BTC-USD"])
        await listener.until(lambda: len(listener.candles()) > 5)
        mock.end_connections(Close(code))
        before = len(listener.texts)
        await asyncio.sleep(600)
        assert len(listener.texts) == before
        assert mock.engine.accepted == 1
        listener.sdk.raise_background_exception()  # there is none

    listening(close)


@defect("Its typed messages need `client_id`.", client="coinbase-advanced-py", exchange="coinbase")
def test_its_typed_messages_need_a_client_id() -> None:
    """Cause: it asks for it without a default; production left it out for some in 2026."""
    ack = {"channel": "subscriptions", "timestamp": "", "sequence_num": 0, "events": []}
    assert WebsocketResponse({**ack, "client_id": ""}).sequence_num == 0
    with pytest.raises(KeyError, match="client_id"):
        WebsocketResponse(dict(ack))


@pytest.mark.parametrize("key", [tokens.ES256_KEY, tokens.ED25519_KEY], ids=["ES256", "Ed25519"])
def test_its_tokens_are_good(key: str) -> None:
    async def subscribe(mock: MockExchange, listener: Listener) -> None:
        await listener.sdk.user_async(["BTC-USD"])
        await listener.sdk.candles_async(["BTC-USD"])
        await listener.until(lambda: len(listener.texts) >= 3)
        assert {message.channel for message in listener.typed} == {"subscriptions", "candles"}

    listening(subscribe, api_key=key, api_secret=tokens.secret(key))


@recipe(
    client="coinbase-advanced-py",
    exchange="coinbase",
    carries="REST, in blocking code",
    needs="TLS, as its scheme is always https, and `REQUESTS_CA_BUNDLE` naming the mock's CA",
)
def rest(mock: Any, **keys: str) -> Any:
    return RESTClient(base_url=mock.tls_rest_url.removeprefix("https://"), **keys)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(made.write(tmp_path / "ca.pem")))
    return made


def test_gets_pages_of_candles_equal_to_the_ledger(authority: Authority) -> None:
    """Each GET of the SDK carries a body, and its REST scheme is always https."""
    with running(create, epoch_ms=EPOCH_MS, tls_port=0, authority=authority) as mock:
        client = rest(mock)
        begin = EPOCH_MS // 1000 - 900 * 60
        rows: list[list[float]] = []
        for start in range(begin, EPOCH_MS // 1000, 300 * 60):
            ends = {"start": str(start), "end": str(start + 299 * 60)}
            page = client.get_public_candles("BTC-USD", granularity="ONE_MINUTE", **ends)
            rows += [read(row) for row in reversed(page.candles)]
        assert rows == ledger(mock.market, MINUTE, begin * 1000, EPOCH_MS)
        assert abs(int(client.get_unix_time().epoch_seconds or 0) - EPOCH_MS // 1000) < 60
        products = client.get_public_products(product_type="SPOT")
        assert "BTC-USD" in [product.product_id for product in products.products]
        client.session.close()


@pytest.mark.parametrize("key", [tokens.ES256_KEY, tokens.ED25519_KEY], ids=["ES256", "Ed25519"])
def test_gets_the_private_twin_with_a_token(authority: Authority, key: str) -> None:
    with running(create, tls_port=0, authority=authority) as mock:
        client = rest(mock, api_key=key, api_secret=tokens.secret(key))
        start = mock.now_ms() // 300_000 * 300 - 3_000
        ends = {"start": str(start), "end": str(start + 2_700)}
        page = client.get_candles("BTC-USD", granularity="FIVE_MINUTE", **ends)
        expected = ledger(mock.market, FIVE, start * 1000, (start + 2_701) * 1000)
        assert [read(row) for row in reversed(page.candles)] == expected
        client.session.close()


def test_an_error_is_raised(authority: Authority) -> None:
    import requests

    with running(create, epoch_ms=EPOCH_MS, tls_port=0, authority=authority) as mock:
        client = rest(mock)
        ends = {"start": str(EPOCH_MS // 1000 - 30_000), "end": str(EPOCH_MS // 1000)}
        with pytest.raises(requests.HTTPError, match="should be less than 350"):
            client.get_public_candles("BTC-USD", granularity="ONE_MINUTE", **ends)
        client.session.close()
