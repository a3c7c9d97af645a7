"""A market edited while clients are subscribed: streams, REST and listings follow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import aiohttp
import pytest

from conformance.clock import run
from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.registry import names
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.threaded import running

# 2026-07-25 17:20 UTC
EPOCH_MS = 1_785_000_000_000
EXCHANGES = ["binance", "coinbase", "demo", "kucoin", "okx"]
T = TypeVar("T")


def virtually(
    exchange: str, main: Callable[[MockExchange], Coroutine[Any, Any, T]], **options: Any
) -> T:
    async def served() -> T:
        async with MockExchange(exchange, **options) as mock:
            return await main(mock)

    return run(served, epoch_ms=EPOCH_MS)


class Feed:
    """Subscribed to a pair's candles; `heard` has (time, text) of every candle message."""

    def __init__(self, mock: MockExchange, pair: str) -> None:
        self.mock, self.pair = mock, pair
        self.heard: list[tuple[int, str]] = []
        self.samples = mock.exchange.samples
        self.pinging: asyncio.Future[None]

    async def listen(self) -> None:
        samples, mock = self.samples, self.mock
        path, query = samples.handshake(mock.now_ms())
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}{path}?{query}") as ws,
        ):
            for text in (
                *samples.login(mock.now_ms()),
                samples.subscription(self.pair, samples.usual),
                *samples.opening(),
            ):
                await ws.send_str(text)
            self.pinging = asyncio.ensure_future(self.ping(ws))
            async for message in ws:
                if message.type is aiohttp.WSMsgType.TEXT:
                    if '"op":"ping"' in message.data:
                        await ws.send_str(message.data.replace("ping", "pong"))
                    if samples.about(message.data):
                        self.heard.append((mock.now_ms(), message.data))

    async def ping(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        """Keep the connection alive, where that is the client's part."""
        if every_s := self.samples.ping_every_s:
            for number in range(1_000):
                await asyncio.sleep(every_s)
                await ws.send_str(self.samples.ping(number))

    def between(self, start_s: float, end_s: float) -> list[str]:
        """Return what was heard in a stretch of seconds after the start."""
        start, end = EPOCH_MS + start_s * 1000, EPOCH_MS + end_s * 1000
        return [text for at_ms, text in self.heard if start <= at_ms < end]


async def after(seconds: float, feed: Feed, edit: Callable[[], object], until_s: float) -> None:
    listening = asyncio.ensure_future(feed.listen())
    await asyncio.sleep(seconds)
    edit()
    await asyncio.sleep(until_s - seconds)
    assert not listening.done()
    feed.pinging.cancel()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


def test_all_exchanges_are_covered() -> None:
    assert set(EXCHANGES) <= set(names())


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_halt_under_subscribers_silences_the_stream_and_ends(exchange: str) -> None:
    async def main(mock: MockExchange) -> Feed:
        feed = Feed(mock, mock.exchange.samples.pairs[0])
        stretch = EPOCH_MS + 60_000, EPOCH_MS + 180_000
        await after(30, feed, lambda: mock.market.halt(*stretch), 260)
        return feed

    feed = virtually(exchange, main)
    assert feed.between(5, 30) and feed.between(30, 60)
    # the last candle is told a moment after its end; after that nothing, all through
    assert not feed.between(66, 180)
    assert feed.between(185, 250)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_halt_taken_back_is_heard_at_once(exchange: str) -> None:
    async def main(mock: MockExchange) -> Feed:
        feed = Feed(mock, mock.exchange.samples.pairs[0])
        mock.market.halt(EPOCH_MS - 3_600_000, EPOCH_MS + 7_200_000)
        await after(95, feed, mock.market.reset, 160)
        return feed

    feed = virtually(exchange, main)
    assert not feed.between(0.5, 94)
    assert feed.between(95, 110)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_quiet_minutes_are_legal_silence(exchange: str) -> None:
    async def main(mock: MockExchange) -> tuple[Feed, int]:
        feed = Feed(mock, mock.exchange.samples.pairs[0])
        stretch = EPOCH_MS + 60_000, EPOCH_MS + 240_000
        await after(30, feed, lambda: mock.market.quieten(feed.pair, *stretch), 300)
        return feed, len(mock.journal.of("close", "drop"))

    feed, ended = virtually(exchange, main)
    quiet = feed.between(66, 240)
    if feed.samples.flat and exchange not in ("kucoin",):
        assert 3 <= len(quiet) <= 9
    else:
        assert not quiet
    assert feed.between(245, 300)
    assert not ended


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_gap_is_told_by_nobody(exchange: str) -> None:
    async def main(mock: MockExchange) -> tuple[Feed, int]:
        feed = Feed(mock, mock.exchange.samples.pairs[0])
        length = dict(mock.exchange.intervals())[feed.samples.usual].length_ms
        start = EPOCH_MS - EPOCH_MS % length + length
        await after(
            30, feed, lambda: mock.market.gap(feed.pair, start, start + length), 3 * length / 1000
        )
        return feed, start + length

    feed, end_ms = virtually(exchange, main)
    length_s = dict(feed.mock.exchange.intervals())[feed.samples.usual].seconds
    end_s = (end_ms - EPOCH_MS) / 1000
    assert not feed.between(end_s - length_s + 6, end_s)
    assert feed.between(end_s + 5, end_s + 60)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_new_pair_is_served_and_listed(exchange: str) -> None:
    async def main(mock: MockExchange) -> Feed:
        (pair,) = pairs_named(["NEWER-USD"])
        mock.market.list_pair(replace(pair, listed=date(2026, 7, 25)))
        feed = Feed(mock, "NEWER-USD")
        await after(10, feed, lambda: None, 400)
        return feed

    feed = virtually(exchange, main, pairs=["BTC-USD", "BTC-USDT", "ETH-USDT"])
    assert feed.heard
    told = [feed.samples.about(text) for _, text in feed.heard]
    assert {about and about[0] for about in told} == {"NEWER-USD"}
    assert not feed.mock.journal.of("near-miss")


LISTINGS = {
    "binance": ("/api/v3/exchangeInfo", "NEWERUSD"),
    "coinbase": ("/api/v3/brokerage/market/products", "NEWER-USD"),
    "demo": ("/api/v1/pairs", "NEWER-USD"),
    "kucoin": ("/api/v2/symbols", "NEWER-USD"),
    "okx": ("/api/v5/public/instruments?instType=SPOT", "NEWER-USD"),
}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_listings_follow(exchange: str) -> None:
    path, symbol = LISTINGS[exchange]

    async def main(mock: MockExchange) -> list[bool]:
        async with aiohttp.ClientSession() as session:

            async def shown() -> bool:
                await asyncio.sleep(2)
                async with session.get(f"{mock.rest_url}{path}") as answer:
                    return f'"{symbol}"' in await answer.text()

            found = [await shown()]
            mock.market.list_pair(pairs_named(["NEWER-USD"])[0])
            found.append(await shown())
            mock.reset()
            found.append(await shown())
        return found

    assert virtually(exchange, main) == [False, True, False]


def test_a_correction_is_read_by_rest_at_once() -> None:
    path = f"/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime={EPOCH_MS - 120_000}&limit=2"

    async def main(mock: MockExchange) -> list[list[Any]]:
        async with aiohttp.ClientSession() as session:
            read = []
            for _ in range(2):
                async with session.get(f"{mock.rest_url}{path}") as answer:
                    read.append(await answer.json())
                mock.market.correct("BTC-USDT", EPOCH_MS - MINUTE_MS, volume="3")
        return read

    (first, second), (same, changed) = virtually("binance", main)
    assert first == same
    assert float(changed[5]) == pytest.approx(float(second[5]) + 3)
    assert changed[8] == second[8] + 1


def test_edits_stand_in_the_journal_and_may_come_from_any_thread() -> None:
    with running("demo") as mock:
        mock.market.halt(0, MINUTE_MS)
        entry = mock.until("market", within_s=5)
    assert entry.text == "halt start_ms=0 end_ms=60000"
