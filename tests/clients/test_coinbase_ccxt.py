"""ccxt, unmodified, on the Coinbase mock: REST only, as ccxt has no candles stream there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conformance.clock import run
from mock_exchanges.coinbase import create, tokens
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.faults import HttpStatus
from mock_exchanges.server.mock import MockExchange
from tests.clients.recipe import defect, recipe

pytest.importorskip("ccxt", reason="needs the extra: pip install exchange-conformance[clients]")

import ccxt
import ccxt.pro

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)
# ccxt asks Coinbase for no more, though it would give 350
PAGE = 300


@recipe(client="ccxt", exchange="coinbase", carries="REST")
def client(mock: MockExchange, **config: Any) -> Any:
    return ccxt.pro.coinbase({"urls": {"api": {"rest": mock.rest_url}}, **config})


def row(candle: Candle) -> list[float]:
    columns = ("open", "high", "low", "close", "volume")
    return [candle.open_ms, *(float(candle.decimal(column)) for column in columns)]


def ledger(market: Market, pair: str, start_ms: int, end_ms: int) -> list[list[float]]:
    """Return the candles that Coinbase has: those with trades."""
    return [row(candle) for candle in market.candles(pair, MINUTE, start_ms, end_ms)
            if candle.trades]  # fmt: skip


def with_client(what: Callable[[MockExchange, Any], Awaitable[None]], **config: Any) -> None:
    async def main() -> None:
        async with MockExchange(create, epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock, **config)
            try:
                await what(mock, exchange)
            finally:
                await exchange.close()

    run(main, epoch_ms=EPOCH_MS)


@pytest.mark.parametrize("symbol", ["BTC/USD", "POWR/USDT"])
def test_fetches_pages_of_candles_equal_to_the_ledger(symbol: str) -> None:
    async def pages(mock: MockExchange, exchange: Any) -> None:
        start_ms = since = EPOCH_MS - 1_000 * MINUTE_MS
        rows: list[list[float]] = []
        while since < EPOCH_MS:
            page = await exchange.fetch_ohlcv(symbol, "1m", since, PAGE)
            rows += [each for each in page if since <= each[0] < since + PAGE * MINUTE_MS]
            since += PAGE * MINUTE_MS
        pair = symbol.replace("/", "-")
        closed = [each for each in rows if each[0] < EPOCH_MS]
        assert closed == ledger(mock.market, pair, start_ms, EPOCH_MS)
        asked = [each for each in mock.journal.of("request") if "/candles?" in each.text]
        assert len(asked) == 4

    with_client(pages)


def test_loads_the_markets_with_five_requests() -> None:
    async def load(mock: MockExchange, exchange: Any) -> None:
        markets = await exchange.load_markets()
        assert {pair.replace("-", "/") for pair in mock.market.pairs} <= set(markets)
        assert markets["BTC/USD"]["precision"] == {"amount": 0.00001, "price": 0.01}
        paths = [entry.text.split()[1] for entry in mock.journal.of("request")]
        assert sorted(paths) == [
            "/api/v3/brokerage/market/products",
            "/api/v3/brokerage/market/products?product_type=FUTURE",
            "/v2/currencies",
            "/v2/currencies/crypto",
            "/v2/exchange-rates",
        ]
        assert await exchange.fetch_time() // 1000 == mock.now_ms() // 1000

    with_client(load)


def test_a_failed_request_is_raised_and_the_next_one_works() -> None:
    async def fail(mock: MockExchange, exchange: Any) -> None:
        await exchange.load_markets()
        since = EPOCH_MS - 10 * MINUTE_MS
        for answer, error in (
            (HttpStatus(status=503, body=""), ccxt.ExchangeNotAvailable),
            (HttpStatus(status=429, body="{}"), ccxt.RateLimitExceeded),
            (HttpStatus(status=401, body="Unauthorized"), ccxt.AuthenticationError),
        ):
            mock.add_fault(answer)
            with pytest.raises(error):
                await exchange.fetch_ohlcv("BTC/USD", "1m", since, 10)
            mock.remove_fault(answer)
            rows = await exchange.fetch_ohlcv("BTC/USD", "1m", since, 10)
            assert rows == ledger(mock.market, "BTC-USD", since, EPOCH_MS)
        with pytest.raises(ccxt.BadRequest, match="should be less than 350"):
            wide = {"until": EPOCH_MS}
            await exchange.fetch_ohlcv("BTC/USD", "1m", EPOCH_MS - 500 * MINUTE_MS, 10, wide)

    with_client(fail)


@pytest.mark.parametrize("key", [tokens.ES256_KEY, tokens.ED25519_KEY], ids=["ES256", "Ed25519"])
def test_a_token_opens_the_private_twin(key: str) -> None:
    async def private(mock: MockExchange, exchange: Any) -> None:
        since = EPOCH_MS - 10 * MINUTE_MS
        rows = await exchange.fetch_ohlcv("BTC/USD", "1m", since, 10, {"usePrivate": True})
        assert rows == ledger(mock.market, "BTC-USD", since, EPOCH_MS)
        assert any("/brokerage/products/BTC-USD/candles?" in entry.text
                   for entry in mock.journal.of("request"))  # fmt: skip

    with_client(private, apiKey=key, secret=tokens.secret(key))


@defect("It has no stream of candles.", client="ccxt", exchange="coinbase")
def test_ccxt_has_no_candles_stream_for_coinbase() -> None:
    """Cause: the exchange has one, and ccxt does not implement it: `watchOHLCV` is False."""
    assert ccxt.pro.coinbase().has["watchOHLCV"] is False
