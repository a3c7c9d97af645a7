"""How long the market takes, side by side. Run: ``pytest benchmarks/bench_market.py``.

A page is 1000 candles. "Cold" is a market that has not been asked before. The yardstick
is a page of candles of plain random numbers: unrepeatable, and no candle fits another.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, Grid, every, monthly
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import DEFAULT_PAIRS

PAIR = DEFAULT_PAIRS[0].name
START_MS = 1_735_689_600_000
PAGE = {
    "1s": every(1_000),
    "1m": every(MINUTE_MS),
    "3m": every(3 * MINUTE_MS),
    "5m": every(5 * MINUTE_MS),
    "15m": every(15 * MINUTE_MS),
    "1h": every(HOUR_MS),
    "4h": every(4 * HOUR_MS),
    "12h": every(12 * HOUR_MS),
    "1d": every(DAY_MS),
}
LIVE = {"1m": PAGE["1m"], "1d": PAGE["1d"], "1M": monthly()}


def new() -> Market:
    return Market(1, DEFAULT_PAIRS[:1])


def page(market: Market, grid: Grid) -> list[Candle]:
    return market.candles(PAIR, grid, START_MS, START_MS + 1_000 * grid.length_ms)


def random_page() -> list[Candle]:
    rows = []
    price = 6_400_000
    for i in range(1_000):
        close = price + random.randint(-500, 500)
        high = max(price, close) + random.randint(1, 200)
        low = min(price, close) - random.randint(1, 200)
        volume = random.randint(1_000, 1_000_000)
        quote, bought = volume * (high + low) // 2, volume * random.randint(1, 99) // 100
        open_ms = START_MS + i * MINUTE_MS
        trades = random.randint(1, 90)
        rows.append(
            Candle(
                open_ms,
                open_ms + MINUTE_MS,
                price,
                high,
                low,
                close,
                volume,
                quote,
                trades,
                bought,
                bought * (high + low) // 2,
                0,
                True,
                2,
                5,
            )
        )
        price = close
    return rows


@pytest.mark.benchmark(group="page")
def test_random_page(benchmark: Any) -> None:
    assert len(benchmark(random_page)) == 1_000


@pytest.mark.benchmark(group="page")
@pytest.mark.parametrize("interval", PAGE)
def test_cold_page(benchmark: Any, interval: str) -> None:
    def setup() -> tuple[tuple[Market, Grid], dict[str, Any]]:
        return (new(), PAGE[interval]), {}

    assert len(benchmark.pedantic(page, setup=setup, rounds=15)) == 1_000


@pytest.mark.benchmark(group="page")
def test_warm_page(benchmark: Any) -> None:
    market = new()
    assert len(benchmark(page, market, PAGE["1m"])) == 1_000


@pytest.mark.benchmark(group="one candle")
@pytest.mark.parametrize("interval", LIVE)
def test_cold_candle(benchmark: Any, interval: str) -> None:
    def setup() -> tuple[tuple[str, Grid, int], dict[str, Any]]:
        markets.append(new())
        return (PAIR, LIVE[interval], START_MS), {}

    def candle(pair: str, grid: Grid, open_ms: int) -> Candle | None:
        return markets[-1].candle(pair, grid, open_ms)

    markets: list[Market] = []
    assert benchmark.pedantic(candle, setup=setup, rounds=50) is not None


@pytest.mark.benchmark(group="one candle")
@pytest.mark.parametrize("interval", LIVE)
def test_running_candle(benchmark: Any, interval: str) -> None:
    market, now_ms = new(), START_MS + 17 * DAY_MS + 12_345_678
    assert benchmark(market.at, PAIR, LIVE[interval], now_ms) is not None
