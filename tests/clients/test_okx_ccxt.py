"""ccxt, unmodified, on the mock of OKX: what it returns is the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clock import run
from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, Grid, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.faults import CloseCode, CloseNoFrame, Reset
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.server.mock import MockExchange
from tests.clients.recipe import defect, recipe

pytest.importorskip("ccxt", reason="needs the extra: pip install exchange-conformance[clients]")

import ccxt
import ccxt.pro

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE, DAY = every(MINUTE_MS), every(DAY_MS)


@recipe(client="ccxt", exchange="okx", carries="REST and WebSocket (`ccxt.pro`)")
def client(mock: MockExchange) -> Any:
    return ccxt.pro.okx(
        {
            "urls": {"api": {"rest": mock.rest_url, "ws": f"{mock.ws_url}/ws/v5"}},
            "options": {"fetchMarkets": {"types": ["spot"]}},
        }
    )


def row(candle: Candle) -> list[float]:
    columns = ("open", "high", "low", "close", "volume")
    return [candle.open_ms, *(float(candle.decimal(column)) for column in columns)]


def ledger(
    market: Market, start_ms: int, end_ms: int, pair: str = "BTC-USDT", grid: Grid = MINUTE
) -> list[list[float]]:
    return [row(candle) for candle in market.candles(pair, grid, start_ms, end_ms)]


def asked(mock: MockExchange, path: str) -> int:
    return len([each for each in mock.journal.of("request") if f"/market/{path}?" in each.text])


def test_fetches_pages_of_candles_equal_to_the_ledger() -> None:
    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            start_ms = since = EPOCH_MS - 2_000 * MINUTE_MS
            rows: list[list[float]] = []
            try:
                while since < EPOCH_MS:
                    page = await exchange.fetch_ohlcv("BTC/USDT", "1m", since, 300)
                    rows += page
                    since = int(page[-1][0]) + MINUTE_MS
            finally:
                await exchange.close()
            assert [each for each in rows if each[0] < EPOCH_MS] == ledger(
                mock.market, start_ms, EPOCH_MS
            )
            # It goes to the newest 1440 by another endpoint than to the rest.
            assert (asked(mock, "history-candles"), asked(mock, "candles")) == (2, 5)

    run(main, epoch_ms=EPOCH_MS)


@defect("After a close frame it opens two connections.", client="ccxt", exchange="okx")
@pytest.mark.parametrize("how", [CloseCode(), CloseNoFrame(), Reset()], ids=lambda how: how.fault)
def test_watches_through_a_drop(how: Ending) -> None:
    """Cause: its handler of errors and its handler of closes both connect."""

    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            mock.add_fault(how.after_candles(40).on_connection(1))
            exchange = client(mock)
            latest: dict[int, list[float]] = {}
            errors = []
            try:
                while len(latest) < 5:
                    try:
                        for each in await exchange.watch_ohlcv("BTC/USDT", "1m"):
                            latest[int(each[0])] = each
                    except ccxt.NetworkError as error:
                        errors.append(error)
            finally:
                await exchange.close()
            assert len(errors) == 1
            assert mock.engine.accepted == (3 if isinstance(how, CloseCode) else 2)
            *whole, running = sorted(latest)
            assert [latest[open_ms] for open_ms in whole] == ledger(mock.market, whole[0], running)

    run(main, epoch_ms=EPOCH_MS)


def test_its_text_pings_hold_a_quiet_pair_for_an_hour() -> None:
    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            latest: dict[int, list[float]] = {}
            try:
                while len(latest) < 61:
                    for each in await exchange.watch_ohlcv("POWR/USDT", "1m"):
                        latest[int(each[0])] = each
            finally:
                await exchange.close()
            *whole, running = sorted(latest)
            assert [latest[open_ms] for open_ms in whole] == ledger(
                mock.market, whole[0], running, "POWR-USDT"
            )
            assert mock.engine.accepted == 1
            pings = [each for each in mock.journal.of("in") if each.text == "ping"]
            # One every 18 seconds.
            assert len(pings) == pytest.approx(HOUR_MS / 18_000, abs=5)

    run(main, epoch_ms=EPOCH_MS)


@defect("It fetches days of UTC, and watches days of UTC+8.", client="ccxt", exchange="okx")
def test_defect_it_fetches_days_of_utc_and_watches_days_of_utc_plus_8() -> None:
    """Cause: fetch_ohlcv appends ``utc`` to the bar from six hours on, watch_ohlcv does not."""

    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            try:
                days = await exchange.fetch_ohlcv("BTC/USDT", "1d", None, 10)
                (watched,) = await exchange.watch_ohlcv("BTC/USDT", "1d")
            finally:
                await exchange.close()
            assert days[:-1] == ledger(
                mock.market, EPOCH_MS - 10 * DAY_MS, DAY.floor(EPOCH_MS), grid=DAY
            )
            assert watched[0] % DAY_MS == 16 * HOUR_MS
            shown = mock.market.at("BTC-USDT", DAY.shifted(8 * HOUR_MS), EPOCH_MS)
            assert shown is not None
            assert watched[0] == shown.open_ms

    run(main, epoch_ms=EPOCH_MS)


@defect(
    "One refused subscription fails everything that waits on the same connection.",
    client="ccxt",
    exchange="okx",
)
def test_defect_one_refused_subscription_fails_all_that_wait_on_the_connection() -> None:
    """Cause: an ``error`` event has no arg, so ccxt rejects every future of the client."""

    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            try:
                await exchange.watch_ohlcv("BTC/USDT", "1m")
                with pytest.raises(ccxt.BadRequest, match="60018"):
                    await exchange.watch_ohlcv("BTC/USDT", "8h")
            finally:
                await exchange.close()
            refused = [each for each in mock.journal.of("out") if '"60018"' in each.text]
            assert len(refused) == 1
            assert "candle8h" in refused[0].text

    run(main, epoch_ms=EPOCH_MS)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ({"instId": "NOPE-USDT"}, ccxt.BadSymbol),
        ({"instId": "BTC-USDT", "bar": "8H"}, ccxt.BadRequest),
        ({}, ccxt.BadRequest),
    ],
)
def test_refusals_are_the_errors_it_knows(call: dict[str, str], error: type[Exception]) -> None:
    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            try:
                with pytest.raises(error):
                    await exchange.publicGetMarketCandles(call)
            finally:
                await exchange.close()

    run(main, epoch_ms=EPOCH_MS)


def test_without_its_own_brake_it_is_told_that_it_is_too_fast() -> None:
    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            exchange.enableRateLimit = False
            call = {"instId": "BTC-USDT", "limit": "1"}
            try:
                for _ in range(20):
                    await exchange.publicGetMarketHistoryCandles(call)
                with pytest.raises(ccxt.RateLimitExceeded):
                    await exchange.publicGetMarketHistoryCandles(call)
            finally:
                await exchange.close()

    run(main, epoch_ms=EPOCH_MS)
