"""The running candle, and the trades that make it grow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mock_exchanges.core.calendar import DAY_MS, MINUTE_MS, Grid, every, monthly, weekly
from tests.mock_exchanges.core.market.checking import (
    BUSY,
    LISTED,
    M1,
    MARKET,
    S1,
    check_volumes,
    minutes,
    names,
    some,
    whole,
)


@some
@given(
    names,
    st.sampled_from([S1, M1, every(5 * MINUTE_MS), every(DAY_MS), weekly(), monthly()]),
    minutes,
    st.lists(st.integers(0, 3 * MINUTE_MS), max_size=12),
)
def test_running_candle_grows_into_the_closed_one(
    pair: str, grid: Grid, at_ms: int, offsets: list[int]
) -> None:
    open_ms = grid.floor(at_ms)
    end_ms = grid.next(open_ms)
    closed = whole(MARKET, pair, grid, open_ms)
    moments = sorted({open_ms, end_ms - 1, *(at_ms + x for x in offsets if at_ms + x < end_ms)})
    grown = [MARKET.at(pair, grid, now_ms) for now_ms in moments]
    assert grown[-1] == closed._replace(closed=False)
    last = None
    for now_ms, candle in zip(moments, grown, strict=True):
        assert candle is not None and not candle.closed
        assert (candle.open_ms, candle.end_ms) == (open_ms, end_ms)
        assert candle.first_trade_id == closed.first_trade_id
        if candle.trades:
            assert candle.open == closed.open
            assert candle.low <= candle.close <= candle.high
            check_volumes(candle)
        else:
            assert candle.open == candle.high == candle.low == candle.close
            assert candle.volume == 0
        minute_ms = now_ms - now_ms % MINUTE_MS
        if open_ms <= minute_ms and end_ms - open_ms <= 5 * MINUTE_MS:
            seen = [
                time_ms
                for ms in range(open_ms, minute_ms + 1, MINUTE_MS)
                for time_ms in MARKET.trade_times(pair, ms)
            ]
            assert candle.trades == sum(time_ms <= now_ms for time_ms in seen)
        if last is not None:
            assert candle.trades >= last.trades
            assert candle.volume >= last.volume
            assert candle.quote_volume >= last.quote_volume
            assert candle.taker_volume >= last.taker_volume
            assert candle.taker_quote_volume >= last.taker_quote_volume
            if last.trades:
                assert candle.high >= last.high and candle.low <= last.low
        last = candle


@some
@given(names, minutes)
def test_running_candle_before_the_first_trade_is_flat(pair: str, minute_ms: int) -> None:
    times = MARKET.trade_times(pair, minute_ms)
    before = whole(MARKET, pair, M1, minute_ms - MINUTE_MS)
    first_ms = times[0] if times else minute_ms + MINUTE_MS
    if first_ms > minute_ms:
        candle = MARKET.at(pair, M1, first_ms - 1)
        assert candle is not None
        assert candle.trades == 0 and candle.open == candle.close == before.close
        assert candle.first_trade_id == before.first_trade_id + before.trades
    if times:
        candle = MARKET.at(pair, M1, first_ms)
        assert candle is not None and candle.trades >= 1


@some
@given(names, minutes)
def test_trades_make_the_minute(pair: str, minute_ms: int) -> None:
    candle = whole(MARKET, pair, M1, minute_ms)
    trades = MARKET.trades(pair, minute_ms)
    times = MARKET.trade_times(pair, minute_ms)
    assert times == tuple(trade.time_ms for trade in trades) == tuple(sorted(times))
    assert [trade.id for trade in trades] == list(
        range(candle.first_trade_id, candle.first_trade_id + candle.trades)
    )
    if not trades:
        assert candle.trades == 0
        return
    assert minute_ms <= times[0] and times[-1] < minute_ms + MINUTE_MS
    prices = [trade.price for trade in trades]
    assert (prices[0], max(prices), min(prices), prices[-1]) == candle[2:6]
    assert sum(trade.volume for trade in trades) == candle.volume
    assert sum(trade.price * trade.volume for trade in trades) == candle.quote_volume
    bought = [trade for trade in trades if trade.bought]
    assert sum(trade.volume for trade in bought) == candle.taker_volume
    assert sum(trade.price * trade.volume for trade in bought) == candle.taker_quote_volume


def test_two_trades_may_share_a_millisecond() -> None:
    times = [MARKET.trade_times(BUSY.name, LISTED + n * MINUTE_MS) for n in range(200)]
    assert any(len(set(minute)) < len(minute) for minute in times)
