"""What is nearly right is answered as the exchange would, and explained in the journal."""

from __future__ import annotations

import json

import aiohttp
import pytest

from mock_exchanges.core.hints import query_hints
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.server.test_market_live import EPOCH_MS, EXCHANGES, virtually

REST = {
    "binance": [
        ("/api/v3/kline?symbol=BTCUSDT&interval=1m", "/api/v3/klines"),
        ("/api/v3/klines?symbol=BTC-USDT&interval=1m", "'BTCUSDT'"),
        ("/api/v3/klines?symbol=BTCUSDT&interval=1min", "'1m'"),
        ("/api/v3/klines?symbol=BTCUSDT&interval=1m&starttime=1", "'startTime'"),
    ],
    "coinbase": [
        ("/api/v3/brokerage/market/product/BTC-USD/candles", "/api/v3/brokerage/market/products"),
        ("/api/v3/brokerage/market/products/BTC-USX/candles"
         "?start=1785000000&end=1785000300&granularity=FIVE_MINUTE", "'BTC-USD"),
        ("/api/v3/brokerage/market/products/BTC-USD/candles"
         "?start=1785000000&end=1785000300&granularity=FIVE_MINUTES", "'FIVE_MINUTE'"),
        ("/api/v3/brokerage/market/products/BTC-USD/candles"
         "?start=1785000000&end=1785000300&granularity=FIVE_MINUTE&limits=2", "'limit'"),
    ],
    "demo": [
        ("/api/v1/candle?symbol=BTC-USDT&interval=1m", "/api/v1/candles"),
        ("/api/v1/candles?symbol=BTCUSDT&interval=1m", "symbol=BTC-USDT&interval=1m"),
        ("/api/v1/candles?symbol=BTC-USDT&interval=1min", "symbol=BTC-USDT&interval=1m"),
        ("/api/v1/candles?symbol=BTC-USDT&interval=1m&starts=1", "'start'"),
    ],
    "kucoin": [
        ("/api/v1/market/candle?symbol=BTC-USDT&type=1min", "/api/v1/market/candles"),
        ("/api/v1/market/candles?symbol=BTCUSDT&type=1min", "'BTC-USDT'"),
        ("/api/v1/market/candles?symbol=BTC-USDT&type=1m", "'1min'"),
        ("/api/v1/market/candles?symbol=BTC-USDT&type=1min&start=1", "'startAt'"),
    ],
    "okx": [
        ("/api/v5/market/candle?instId=BTC-USDT", "/api/v5/market/candles"),
        ("/api/v5/market/candles?instId=BTCUSDT", "'BTC-USDT'"),
        ("/api/v5/market/history-candles?instId=BTC-USDT&bar=1min", "'1m'"),
        ("/api/v5/market/candles?instId=BTC-USDT&bar=1h", "'1H'"),
        ("/api/v5/market/candles?instId=BTC-USDT&befor=1", "'before'"),
    ],
}  # fmt: skip
CASES = [(exchange, *case) for exchange, cases in REST.items() for case in cases]


@pytest.mark.parametrize(("exchange", "target", "near"), CASES)
def test_rest(exchange: str, target: str, near: str) -> None:
    async def main(mock: MockExchange) -> list[str]:
        async with aiohttp.ClientSession() as session, session.get(f"{mock.rest_url}{target}"):
            return [entry.text for entry in mock.seen("near-miss", connection=0)]

    (text,) = virtually(exchange, main)
    assert f"nearest is {near}" in text


WRONG_PATHS = {"binance": "/w", "coinbase": "/ws", "demo": "/wss", "kucoin": "/endpoints",
               "okx": "/ws/v5/bussiness"}  # fmt: skip


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_handshakes_to_a_wrong_path(exchange: str) -> None:
    async def main(mock: MockExchange) -> list[str]:
        _, query = mock.exchange.samples.handshake(EPOCH_MS)
        async with aiohttp.ClientSession() as session:
            try:
                ws = await session.ws_connect(f"{mock.ws_url}{WRONG_PATHS[exchange]}?{query}")
            except aiohttp.WSServerHandshakeError as refused:
                assert 400 <= refused.status < 500
            else:
                await ws.close()
        return [entry.text for entry in mock.seen("near-miss")]

    (text,) = virtually(exchange, main)
    assert "nearest is" in text or "candles are served on '/'" in text


def spoiled(text: str, exchange: str) -> dict[str, str]:
    """Return requests with a wrong pair, interval or channel, by what is right."""
    wrong = {
        "binance": [("btcusdt", "btcusdx"), ("kline_1m", "kline_1min"), ("@kline", "@klines")],
        "coinbase": [("BTC-USD", "BTC-USX"), ('"candles"', '"candle"')],
        "demo": [("BTC-USDT", "BTC_USDT"), ("1m", "1min"), ("candle", "candel")],
        "kucoin": [("BTC-USDT", "BTCUSDT"), ("_1min", "_1m"), ("/candles", "/candle")],
        "okx": [("BTC-USDT", "BTCUSDT"), ("candle1m", "candle1min"), ("candle1m", "candles1m")],
    }
    made = {}
    for right, false in wrong[exchange]:
        assert right in text
        made[false] = text.replace(right, false)
    return made


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_subscriptions(exchange: str) -> None:
    async def main(mock: MockExchange) -> list[list[str]]:
        samples = mock.exchange.samples
        path, query = samples.handshake(EPOCH_MS)
        right = samples.subscription(samples.pairs[0], samples.usual)
        assert json.loads(right)
        found = []
        async with aiohttp.ClientSession() as session:
            for text in spoiled(right, exchange).values():
                before = mock.journal.total
                async with session.ws_connect(f"{mock.ws_url}{path}?{query}") as ws:
                    await ws.send_str(text)
                    await mock.until("near-miss", within_s=5, after=before)
                found.append([entry.text for entry in mock.seen("near-miss", after=before)])
        return found

    for texts in virtually(exchange, main):
        assert "nearest is" in texts[0], texts


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_what_is_right_is_no_near_miss(exchange: str) -> None:
    async def main(mock: MockExchange) -> list[str]:
        samples = mock.exchange.samples
        path, query = samples.handshake(EPOCH_MS)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}{path}?{query}") as ws,
        ):
            await ws.send_str(samples.subscription(samples.pairs[0], samples.usual))
            await mock.until("out", within_s=5)
        return [entry.text for entry in mock.seen("near-miss")]

    assert virtually(exchange, main) == []


def test_hints_are_bounded_and_read_percent_signs() -> None:
    assert query_hints("a=%41", {"a": ["A"]}) == ""
    assert query_hints("a=" + "x" * 10_000, {"a": ["A"]}) == f"a is {'x' * 80 + '...'!r}"
    assert query_hints("&&=1&b", {"a": ["A"]}) == "no parameter '', no parameter 'b'"
