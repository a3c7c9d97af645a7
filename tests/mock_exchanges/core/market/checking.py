"""A market, whole of its seed, and what holds for each of its candles: a second aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st

from mock_exchanges.core.calendar import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    WEEK_MS,
    Grid,
    every,
    monthly,
    weekly,
)
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import LEAST_TRADES, Market
from mock_exchanges.core.pair import Pair
from mock_exchanges.core.pairs import DEFAULT_PAIRS

M1 = every(MINUTE_MS)
S1 = every(SECOND_MS)
SHORT = [every(n * MINUTE_MS) for n in (3, 5, 15, 30, 60, 120, 240, 360, 480, 720)]
DAYS = [every(DAY_MS), every(3 * DAY_MS)]
LONG = [every(WEEK_MS), weekly(), monthly()]
ODD = 5 * HOUR_MS + 30 * MINUTE_MS

BUSY = DEFAULT_PAIRS[0]
TINY = next(pair for pair in DEFAULT_PAIRS if pair.base == "SHIB")
SILENT = Pair(
    base="SILENT",
    quote="USDT",
    price=Decimal("1.234"),
    price_digits=3,
    volume_digits=2,
    volume_per_minute=Decimal(500),
    trades_per_minute=4,
    quiet=0.9,
    listed=date(2015, 3, 4),
)
PAIRS = [BUSY, TINY, SILENT, DEFAULT_PAIRS[-1]]
NAMES = [pair.name for pair in PAIRS]
LISTED = 1_640_995_200_000  # 2022-01-01; by then all of these are listed
MARKET = Market(7, PAIRS)

names = st.sampled_from(NAMES)
minutes = st.integers(LISTED // MINUTE_MS, 2_500_000_000_000 // MINUTE_MS).map(
    lambda minute: minute * MINUTE_MS
)
some = settings(derandomize=True, deadline=None, max_examples=40)
few = settings(derandomize=True, deadline=None, max_examples=8)


def aggregate(parts: Sequence[Candle], open_ms: int, end_ms: int, closed: bool = True) -> Candle:
    trading = [part for part in parts if part.trades] or parts[:1]
    return parts[0]._replace(
        open_ms=open_ms,
        end_ms=end_ms,
        open=trading[0].open,
        high=max(part.high for part in trading),
        low=min(part.low for part in trading),
        close=trading[-1].close,
        volume=sum(part.volume for part in parts),
        quote_volume=sum(part.quote_volume for part in parts),
        trades=sum(part.trades for part in parts),
        taker_volume=sum(part.taker_volume for part in parts),
        taker_quote_volume=sum(part.taker_quote_volume for part in parts),
        closed=closed,
    )


def whole(market: Market, pair: str, grid: Grid, open_ms: int) -> Candle:
    candle = market.candle(pair, grid, open_ms)
    assert candle is not None
    return candle


def check_aggregation(market: Market, pair: str, part: Grid, grid: Grid, at_ms: int) -> None:
    open_ms = grid.floor(at_ms)
    end_ms = grid.next(open_ms)
    parts = market.candles(pair, part, open_ms, end_ms)
    assert market.candle(pair, grid, open_ms) == (
        aggregate(parts, open_ms, end_ms) if parts else None
    )


def check_candle(candle: Candle) -> None:
    """Hold one candle of a minute or more against all that holds for each."""
    o, h, l, c = candle.open, candle.high, candle.low, candle.close  # noqa: E741
    sums = [
        candle.volume,
        candle.quote_volume,
        candle.taker_volume,
        candle.taker_quote_volume,
    ]
    assert l > 0
    if not candle.trades:
        assert o == h == l == c
        assert sums == [0, 0, 0, 0]
        return
    assert candle.trades >= LEAST_TRADES
    assert o % 2 == 0 and c % 2 == 1
    assert l < min(o, c) and max(o, c) < h
    assert len(set(sums)) == 4 and min(sums) > 0
    check_volumes(candle)
    assert candle.volume > candle.taker_volume
    assert candle.quote_volume > candle.taker_quote_volume


def check_volumes(candle: Candle) -> None:
    low, high = candle.low, candle.high
    assert low * candle.volume <= candle.quote_volume <= high * candle.volume
    bought, quote = candle.taker_volume, candle.taker_quote_volume
    assert 0 <= bought <= candle.volume
    assert low * bought <= quote <= high * bought
    sold, rest = candle.volume - bought, candle.quote_volume - quote
    assert low * sold <= rest <= high * sold
