"""What holds for every candle and its neighbours, for every pair."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.calendar import DAY_MS, MINUTE_MS, Grid, every
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair
from tests.mock_exchanges.core.market.checking import (
    BUSY,
    DAYS,
    LISTED,
    LONG,
    M1,
    MARKET,
    SHORT,
    SILENT,
    check_candle,
    few,
    minutes,
    names,
    some,
    whole,
)


@some
@given(names, st.sampled_from([M1, *SHORT]), minutes)
def test_neighbours_fit(pair: str, grid: Grid, at_ms: int) -> None:
    open_ms = grid.floor(at_ms)
    candles = MARKET.candles(pair, grid, open_ms, open_ms + 30 * grid.length_ms)
    assert [candle.open_ms for candle in candles] == list(
        range(open_ms, open_ms + 30 * grid.length_ms, grid.length_ms)
    )
    for candle in candles:
        check_candle(candle)
    for candle, after in pairwise(candles):
        assert after.open_ms == candle.end_ms
        assert after.first_trade_id == candle.first_trade_id + candle.trades
        if after.trades:
            assert abs(after.open - candle.close) == 1
        else:
            assert after.open == candle.close


@few
@given(names, st.sampled_from(DAYS + LONG), minutes)
def test_long_candles_fit(pair: str, grid: Grid, at_ms: int) -> None:
    open_ms = grid.floor(at_ms)
    candle, after = (
        whole(MARKET, pair, grid, open_ms),
        whole(MARKET, pair, grid, grid.next(open_ms)),
    )
    check_candle(candle)
    assert abs(after.open - candle.close) == 1
    assert after.first_trade_id == candle.first_trade_id + candle.trades


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.builds(
        Pair,
        base=st.just("ANY"),
        quote=st.just("USDT"),
        price=st.integers(1_000, 10**8).map(lambda ticks: Decimal(ticks).scaleb(-3)),
        price_digits=st.just(3),
        volume_digits=st.just(2),
        volume_per_minute=st.integers(40, 10**6).map(Decimal),
        trades_per_minute=st.integers(4, 60),
        quiet=st.sampled_from([0.0, 0.02, 0.5, 0.9, 0.999]),
        listed=st.just(date(2015, 1, 1)),
    ),
    st.integers(),
    minutes,
)
def test_every_pair_that_is_accepted_works(pair: Pair, seed: int, at_ms: int) -> None:
    market = Market(seed, [pair])
    for candle in market.candles("ANY-USDT", M1, at_ms, at_ms + 10 * MINUTE_MS):
        check_candle(candle)
        trades = market.trades("ANY-USDT", candle.open_ms)
        assert sum(trade.volume for trade in trades) == candle.volume
        assert sum(trade.volume * trade.price for trade in trades) == candle.quote_volume
        assert all(trade.volume > 0 for trade in trades)
        assert all(candle.low <= trade.price <= candle.high for trade in trades)


def test_share_of_quiet_minutes() -> None:
    busy = replace(BUSY, base="BUSY", quiet=0.0)
    market = Market(1, [busy, replace(busy, base="SLOW", quiet=0.3), SILENT])
    for pair, least, most in (("BUSY", 0, 0), ("SLOW", 0.27, 0.33), ("SILENT", 0.7, 0.8)):
        candles = market.candles(f"{pair}-USDT", M1, LISTED, LISTED + 2_000 * MINUTE_MS)
        share = sum(not candle.trades for candle in candles) / 2_000
        assert least <= share <= most, pair


def test_movement_is_like_a_market() -> None:
    for pair in Market().pairs:
        days = Market().candles(pair, every(DAY_MS), LISTED + 800 * DAY_MS, LISTED + 1_800 * DAY_MS)
        moves = [day.close / day.open - 1 for day in days]
        spread = (sum(move * move for move in moves) / len(moves)) ** 0.5
        assert 0.012 < spread < 0.04, pair
        assert max(abs(move) for move in moves) < 0.25, pair
    hour = Market().candles("BTC-USDT", M1, LISTED, LISTED + 1_000 * MINUTE_MS)
    ranges = sorted((candle.high - candle.low) / candle.low for candle in hour)
    assert 0.00005 < ranges[500] < 0.001
    assert ranges[-1] > 4 * ranges[500]
