"""Nothing before the listing, nothing within a halt, and all else as it was."""

from __future__ import annotations

from itertools import pairwise

import pytest

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, Grid, every, monthly, weekly
from mock_exchanges.core.market import Market
from tests.mock_exchanges.core.market.checking import (
    DAYS,
    LISTED,
    M1,
    MARKET,
    NAMES,
    PAIRS,
    S1,
    SHORT,
    SILENT,
    aggregate,
    check_aggregation,
    whole,
)


def test_nothing_before_the_listing() -> None:
    listed = 1_425_427_200_000  # 2015-03-04
    pair = SILENT.name
    assert MARKET.candle(pair, M1, listed - MINUTE_MS) is None
    assert MARKET.candle(pair, monthly(), monthly().floor(listed - 20 * DAY_MS)) is None
    assert MARKET.at(pair, weekly(), listed - 1) is None
    assert MARKET.trade_times(pair, listed - MINUTE_MS) == ()
    assert MARKET.first_open(pair, M1) == listed
    first = MARKET.candles(pair, M1, 0, listed + 5 * MINUTE_MS)
    assert [candle.open_ms for candle in first] == [listed + n * MINUTE_MS for n in range(5)]
    assert first[0].first_trade_id == 1
    for grid in (weekly(), monthly(), every(7 * HOUR_MS), every(DAY_MS).shifted(8 * HOUR_MS)):
        open_ms = MARKET.first_open(pair, grid)
        assert open_ms < listed < grid.next(open_ms)
        assert MARKET.candle(pair, grid, grid.previous(open_ms)) is None
        assert whole(MARKET, pair, grid, open_ms).first_trade_id == 1
        assert MARKET.at(pair, grid, listed - 1) is None
        check_aggregation(MARKET, pair, M1, grid, listed)
        assert MARKET.candles(pair, grid, 0, listed)[0].open_ms == open_ms


HALTS = [
    (LISTED + 3 * MINUTE_MS, LISTED + 8 * MINUTE_MS),
    (LISTED + 2 * HOUR_MS + 7 * MINUTE_MS, LISTED + 5 * HOUR_MS + 2 * MINUTE_MS),
    (LISTED + 4 * HOUR_MS, LISTED + 5 * HOUR_MS + 20 * MINUTE_MS),
    (LISTED + 3 * DAY_MS, LISTED + 50 * DAY_MS + 11 * MINUTE_MS),
]
HALTED = Market(7, PAIRS, HALTS)


def halted(open_ms: int) -> bool:
    return any(start <= open_ms < end for start, end in HALTS)


@pytest.mark.parametrize("pair", NAMES)
def test_halted_minutes_are_missing_and_the_others_stay(pair: str) -> None:
    for start_ms in (LISTED - HOUR_MS, LISTED + 3 * DAY_MS - HOUR_MS, LISTED + 50 * DAY_MS):
        plain = MARKET.candles(pair, M1, start_ms, start_ms + 8 * HOUR_MS)
        left = HALTED.candles(pair, M1, start_ms, start_ms + 8 * HOUR_MS)
        kept = [candle for candle in plain if not halted(candle.open_ms)]
        assert len(kept) < len(plain)
        assert [candle.open_ms for candle in left] == [candle.open_ms for candle in kept]
        for candle, same in zip(left, kept, strict=True):
            if candle.trades:
                assert candle == same._replace(first_trade_id=candle.first_trade_id)
        for candle, after in pairwise(left):
            assert after.first_trade_id == candle.first_trade_id + candle.trades
            if not after.trades:
                assert after.open == candle.close


@pytest.mark.parametrize("pair", NAMES)
@pytest.mark.parametrize("grid", [*SHORT, *DAYS, weekly(), every(DAY_MS).shifted(8 * HOUR_MS)])
def test_larger_candles_hold_what_a_halt_leaves(pair: str, grid: Grid) -> None:
    for at_ms in (LISTED, LISTED + 4 * HOUR_MS, LISTED + 3 * DAY_MS, LISTED + 50 * DAY_MS):
        check_aggregation(HALTED, pair, M1, grid, at_ms)


@pytest.mark.parametrize("pair", NAMES)
def test_within_a_halt(pair: str) -> None:
    now_ms = LISTED + 3 * HOUR_MS + 1_234
    assert HALTED.at(pair, M1, now_ms) is None
    assert HALTED.at(pair, every(HOUR_MS), now_ms) is None
    assert HALTED.candle(pair, M1, LISTED + 3 * HOUR_MS) is None
    assert HALTED.candle(pair, every(HOUR_MS), LISTED + 3 * HOUR_MS) is None
    assert HALTED.candle(pair, monthly(), monthly().ceil(LISTED + DAY_MS)) is not None
    assert HALTED.trade_times(pair, LISTED + 3 * HOUR_MS) == ()
    day = HALTED.at(pair, every(DAY_MS), now_ms)
    until = HALTED.at(pair, every(DAY_MS), HALTS[1][0] - 1)
    assert day is not None and day == until
    after = HALTED.at(pair, every(DAY_MS), LISTED + 6 * HOUR_MS)
    assert after is not None and after.trades > day.trades
    for open_ms in range(HALTS[2][1], HALTS[2][1] + 6 * MINUTE_MS, MINUTE_MS):
        seconds = HALTED.candles(pair, S1, open_ms, open_ms + MINUTE_MS)
        assert aggregate(seconds, open_ms, open_ms + MINUTE_MS) == HALTED.candle(pair, M1, open_ms)
        ids = [trade.id for trade in HALTED.trades(pair, open_ms)]
        first = whole(HALTED, pair, M1, open_ms).first_trade_id
        assert ids == list(range(first, first + len(ids)))


def test_a_halt_over_the_listing() -> None:
    listed = Market(7, PAIRS).first_open(SILENT.name, M1)
    market = Market(7, PAIRS, [(listed - DAY_MS, listed + 2 * HOUR_MS)])
    candles = market.candles(SILENT.name, M1, 0, listed + 3 * HOUR_MS)
    assert candles[0].open_ms == listed + 2 * HOUR_MS
    assert candles[0].first_trade_id == 1


@pytest.mark.parametrize(
    ("halt", "text"),
    [
        ((LISTED + 1, LISTED + MINUTE_MS), "expected epoch milliseconds of whole minutes"),
        ((LISTED, LISTED + 59_999), "expected epoch milliseconds of whole minutes"),
        ((LISTED, LISTED), "expected start before end"),
        ((LISTED, LISTED - MINUTE_MS), "expected start before end"),
    ],
)
def test_malformed_halts(halt: tuple[int, int], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Market(halts=[halt])
