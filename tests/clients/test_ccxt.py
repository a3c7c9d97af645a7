"""ccxt, unmodified, on the mock: what it returns is the ledger."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import Any

import pytest

from conformance.clock import run
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.faults import CloseCode, CloseNoFrame, Reset
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.server.mock import MockExchange
from tests.clients.recipe import recipe

pytest.importorskip("ccxt", reason="needs the extra: pip install exchange-conformance[clients]")

import ccxt
import ccxt.pro

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)
ENDS_WITHIN_S = 30


@recipe(client="ccxt", exchange="binance", carries="REST and WebSocket (`ccxt.pro`)")
def client(mock: MockExchange) -> Any:
    return ccxt.pro.binance(
        {
            "urls": {
                "api": {
                    "public": f"{mock.rest_url}/api/v3",
                    "ws": {"spot": f"{mock.ws_url}/ws"},
                }
            },
            "options": {"fetchMarkets": {"types": ["spot"]}},
        }
    )


@recipe(client="ccxt", exchange="binance", carries="REST, in blocking code")
def blocking(rest_url: str) -> Any:
    return ccxt.binance(
        {
            "urls": {"api": {"public": f"{rest_url}/api/v3"}},
            "options": {"fetchMarkets": {"types": ["spot"]}},
        }
    )


def row(candle: Candle) -> list[float]:
    columns = ("open", "high", "low", "close", "volume")
    return [candle.open_ms, *(float(candle.decimal(column)) for column in columns)]


def ledger(market: Market, start_ms: int, end_ms: int) -> list[list[float]]:
    return [row(candle) for candle in market.candles("BTC-USDT", MINUTE, start_ms, end_ms)]


def test_fetches_pages_of_candles_equal_to_the_ledger() -> None:
    async def main() -> None:
        async with MockExchange(epoch_ms=EPOCH_MS) as mock:
            exchange = client(mock)
            start_ms = since = EPOCH_MS - 2_500 * MINUTE_MS
            rows: list[list[float]] = []
            try:
                while page := await exchange.fetch_ohlcv("BTC/USDT", "1m", since, 1000):
                    rows += [each for each in page if each[0] < EPOCH_MS]
                    since = int(page[-1][0]) + MINUTE_MS
                    if since > EPOCH_MS:
                        break
            finally:
                await exchange.close()
            assert rows == ledger(mock.market, start_ms, EPOCH_MS)
            assert (
                len([each for each in mock.journal.of("request") if "/klines?" in each.text]) == 3
            )

    run(main, epoch_ms=EPOCH_MS)


@pytest.mark.parametrize("how", [CloseCode(), CloseNoFrame(), Reset()], ids=lambda how: how.fault)
def test_watches_through_a_drop(how: Ending) -> None:
    async def main() -> None:
        async with MockExchange(epoch_ms=EPOCH_MS) as mock:
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
            assert mock.engine.accepted >= 2
            # The last candle is still in progress; the rest got their final values.
            *whole, running = sorted(latest)
            expected = ledger(mock.market, whole[0], running)
            assert [latest[open_ms] for open_ms in whole] == expected

    run(main, epoch_ms=EPOCH_MS)


def test_the_command_serves_the_blocking_client() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mock_exchanges.cli", "serve", "binance", "--json", "--seed", "3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            rest = json.loads(process.stdout.readline())["binance"]["rest"]
            exchange = blocking(rest)
            rows = exchange.fetch_ohlcv("BTC/USDT", "1m", EPOCH_MS, 500)
            exchange.session.close()
            assert rows == ledger(Market(3), EPOCH_MS, EPOCH_MS + 500 * MINUTE_MS)
            # Dated now: the newest candle is the minute in progress.
            newest = exchange.fetch_ohlcv("BTC/USDT", "1m", None, 2)[-1][0]
            assert abs(exchange.milliseconds() - newest) < 2 * MINUTE_MS
            exchange.session.close()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=ENDS_WITHIN_S)
            assert (process.returncode, out, err) == (0, "", "")
        finally:
            process.kill()
