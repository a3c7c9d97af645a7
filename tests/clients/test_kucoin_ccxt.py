"""ccxt, unmodified, on KuCoin's mock: what it returns is the ledger.

ccxt passes over messages whose subject is ``trade.candles.add``, so a candle that was told
by one message only never reaches `watch_ohlcv`; and it keeps the URL with its token.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from conformance.clock import run
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.faults import CloseCode, CloseNoFrame, Reset
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.kucoin import KuCoinExchange
from mock_exchanges.kucoin.profile import profile
from mock_exchanges.server.mock import MockExchange
from tests.clients.recipe import defect, recipe

pytest.importorskip("ccxt", reason="needs the extra: pip install exchange-conformance[clients]")

import ccxt
import ccxt.pro

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)
TOKEN_MS = 10 * MINUTE_MS


def short_lived(market: Market, journal: Journal) -> KuCoinExchange:
    """Make a KuCoin whose tokens are good for ten minutes."""
    return KuCoinExchange(market, journal, replace(profile(), token_valid_ms=TOKEN_MS))


@recipe(
    client="ccxt",
    exchange="kucoin",
    carries="REST and WebSocket (`ccxt.pro`); the socket's URL comes with the token, by REST",
)
def client(mock: MockExchange) -> Any:
    doors = ("public", "private", "futuresPublic", "futuresPrivate")
    return ccxt.pro.kucoin({"urls": {"api": dict.fromkeys(doors, mock.rest_url)}})


def row(candle: Candle) -> list[float]:
    columns = ("open", "high", "low", "close", "volume")
    return [candle.open_ms, *(float(candle.decimal(column)) for column in columns)]


def ledger(market: Market, pair: str, start_ms: int, end_ms: int) -> list[list[float]]:
    found = market.candles(pair, MINUTE, start_ms, end_ms)
    return [row(candle) for candle in found if candle.trades]


async def watch(exchange: Any, pair: str, count: int) -> tuple[dict[int, list[float]], list[str]]:
    """Watch until so many candles were seen; return the latest of each, and the errors."""
    latest: dict[int, list[float]] = {}
    errors = []
    while len(latest) < count:
        try:
            for each in await exchange.watch_ohlcv(pair, "1m"):
                latest[int(each[0])] = each
        except ccxt.NetworkError as error:
            errors.append(type(error).__name__)
    return latest, errors


def tokens(mock: MockExchange) -> int:
    asked = [entry for entry in mock.journal.of("request") if "/bullet-public" in entry.text]
    return len(asked)


@pytest.mark.parametrize("pair", ["BTC-USDT", "POWR-USDT"])
def test_fetches_pages_of_candles_equal_to_the_ledger(pair: str) -> None:
    async def main() -> None:
        async with MockExchange("kucoin", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            start_ms = since = EPOCH_MS - 3_500 * MINUTE_MS
            rows: list[list[float]] = []
            try:
                while since < EPOCH_MS:
                    symbol = pair.replace("-", "/")
                    page = await exchange.fetch_ohlcv(symbol, "1m", since, 1500)
                    rows += [each for each in page if each[0] < EPOCH_MS]
                    since += 1500 * MINUTE_MS
            finally:
                await exchange.close()
            assert rows == ledger(mock.market, pair, start_ms, EPOCH_MS)
            asked = [e for e in mock.journal.of("request") if "/market/candles?" in e.text]
            assert len(asked) == 3

    run(main, epoch_ms=EPOCH_MS)


def test_without_a_start_the_latest_come() -> None:
    async def main() -> None:
        async with MockExchange("kucoin", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            try:
                await asyncio.sleep(30)
                rows = await exchange.fetch_ohlcv("BTC/USDT", "1m")
            finally:
                await exchange.close()
            assert len(rows) == 100
            assert rows[-1][0] == EPOCH_MS
            start_ms = EPOCH_MS - 99 * MINUTE_MS
            assert rows[:-1] == ledger(mock.market, "BTC-USDT", start_ms, EPOCH_MS)

    run(main, epoch_ms=EPOCH_MS)


@pytest.mark.parametrize(
    "how", [CloseCode(code=1000, reason="Bye"), CloseNoFrame(), Reset()], ids=lambda how: how.fault
)
def test_watches_through_a_drop_with_the_token_it_has(how: Ending) -> None:
    async def main() -> None:
        async with MockExchange("kucoin", epoch_ms=EPOCH_MS) as mock:
            mock.add_fault(how.after_candles(80).on_connection(1))
            exchange = client(mock)
            try:
                latest, errors = await watch(exchange, "BTC/USDT", 5)
            finally:
                await exchange.close()
            assert len(errors) == 1
            assert mock.engine.accepted >= 2
            assert tokens(mock) == 1
            # The last candle is still in progress, the first was begun before; of the
            # one that the drop fell into the end may be missing.
            *whole, running = sorted(latest)
            expected = ledger(mock.market, "BTC-USDT", whole[0], running)
            assert [latest[open_ms] for open_ms in whole] == expected

    run(main, epoch_ms=EPOCH_MS)


def test_two_connections_live_on_one_token() -> None:
    async def main() -> None:
        async with MockExchange("kucoin", epoch_ms=EPOCH_MS) as mock:
            first, second = client(mock), client(mock)
            try:
                await watch(first, "BTC/USDT", 1)
                second.options["urls"] = first.options["urls"]
                seen, errors = await watch(second, "ETH/BTC", 2)
            finally:
                await first.close()
                await second.close()
            assert (tokens(mock), mock.engine.accepted, errors) == (1, 2, [])
            assert len(seen) == 2

    run(main, epoch_ms=EPOCH_MS)


def test_its_pings_keep_a_quiet_connection() -> None:
    async def main() -> None:
        async with MockExchange("kucoin", epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            watching = asyncio.create_task(watch(exchange, "POWR/USDT", 10**6))
            await asyncio.sleep(900)
            pings = [e for e in mock.journal.of("in", connection=1) if '"ping"' in e.text]
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await exchange.close()
            assert mock.engine.accepted == 1
            assert len(pings) == 900 // 18 - 1 or len(pings) == 900 // 18

    run(main, epoch_ms=EPOCH_MS)


@defect(
    "It keeps a token that has expired: reconnecting with it costs an error, "
    "then it takes a new one.",
    client="ccxt",
    exchange="kucoin",
)
def test_a_stale_token_costs_it_an_error_and_then_it_takes_a_new_one() -> None:
    """Cause: the refusal raises in its receive callback, so its receive loop ends, and the
    caller learns of it when sending fails. The words `token is expired` do make it ask for a
    new token on the next call.
    """

    async def main() -> None:
        async with MockExchange(short_lived, epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            try:
                await watch(exchange, "BTC/USDT", 2)
                await asyncio.sleep(TOKEN_MS / 1000)
                assert tokens(mock) == 1
                mock.end_connections(Drop("eof"))
                with pytest.raises(ccxt.NetworkError):
                    await exchange.watch_ohlcv("BTC/USDT", "1m")
                with pytest.raises((ccxt.BaseError, aiohttp.ClientError)):
                    await asyncio.wait_for(watch(exchange, "BTC/USDT", 1), 600)
                since = mock.now_ms()
                latest, errors = await watch(exchange, "BTC/USDT", 2)
            finally:
                await exchange.close()
            refused = [e for e in mock.journal.of("out") if "token is expired" in e.text]
            assert (len(refused), tokens(mock), errors) == (1, 2, [])
            assert max(latest) > since - MINUTE_MS

    run(main, epoch_ms=EPOCH_MS)
