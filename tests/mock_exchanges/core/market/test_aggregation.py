"""Candles are made of shorter ones, as an aggregation written a second time says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_exchanges.core.calendar import HOUR_MS, MINUTE_MS, SECOND_MS, Grid, every
from tests.mock_exchanges.core.market.checking import (
    DAYS,
    LONG,
    M1,
    MARKET,
    ODD,
    S1,
    SHORT,
    check_aggregation,
    check_volumes,
    few,
    minutes,
    names,
    some,
    whole,
)


@some
@given(names, st.sampled_from(SHORT), st.sampled_from([0, 8 * HOUR_MS, ODD]), minutes)
def test_short_candles_are_made_of_minutes(
    pair: str, grid: Grid, offset_ms: int, at_ms: int
) -> None:
    check_aggregation(MARKET, pair, M1, grid.shifted(offset_ms), at_ms)


@few
@given(names, st.sampled_from(DAYS), st.sampled_from([0, 8 * HOUR_MS, ODD]), minutes)
def test_days_are_made_of_minutes(pair: str, grid: Grid, offset_ms: int, at_ms: int) -> None:
    check_aggregation(MARKET, pair, M1, grid.shifted(offset_ms), at_ms)


@some
@given(names, st.sampled_from(LONG), st.sampled_from([0, 8 * HOUR_MS]), minutes)
def test_weeks_and_months_are_made_of_hours(
    pair: str, grid: Grid, offset_ms: int, at_ms: int
) -> None:
    check_aggregation(MARKET, pair, every(HOUR_MS), grid.shifted(offset_ms), at_ms)


@some
@given(names, st.sampled_from([1, 7, 15, 60]), minutes)
def test_minutes_are_made_of_seconds(pair: str, seconds: int, at_ms: int) -> None:
    for minute_ms in range(at_ms, at_ms + 3 * MINUTE_MS, MINUTE_MS):
        check_aggregation(MARKET, pair, S1, M1, minute_ms)
    check_aggregation(MARKET, pair, S1, every(seconds * SECOND_MS), at_ms)


@some
@given(names, minutes)
def test_seconds_without_trades_are_flat_at_the_last_price(pair: str, at_ms: int) -> None:
    before = whole(MARKET, pair, M1, at_ms - MINUTE_MS).close
    next_id = whole(MARKET, pair, M1, at_ms).first_trade_id
    for second in MARKET.candles(pair, S1, at_ms, at_ms + MINUTE_MS):
        assert second.first_trade_id == next_id
        if second.trades:
            check_volumes(second)
        else:
            assert {second.open, second.high, second.low, second.close} == {before}
            assert second.volume == second.quote_volume == 0
        before, next_id = second.close, next_id + second.trades
