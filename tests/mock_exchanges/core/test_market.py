"""The market's promises, held against an aggregation written here a second time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
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
from mock_exchanges.core.market import LEAST_TRADES, Market, UnknownPair
from mock_exchanges.core.market.bar import Bar, join
from mock_exchanges.core.market.split import UNITS, split
from mock_exchanges.core.market.trades import trades_of
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


# Aggregation


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


# Candles


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


# Splitting, at the edges of what is allowed


@st.composite
def bars(draw: st.DrawFn, least: int) -> Bar:
    low = draw(st.integers(500, 10**6))
    high = low + draw(st.integers(3, 2_000))
    open_ = draw(st.integers((low + 2) // 2, (high - 1) // 2)) * 2
    close = draw(st.integers((low + 1) // 2, (high - 2) // 2)) * 2 + 1
    trades = draw(st.integers(least, 3 * least))
    slack = trades * (high - low)
    sides = []
    for _ in range(2):
        volume = draw(st.integers(UNITS * trades, 100 * trades))
        least_quote, most_quote = low * volume + slack, high * volume - slack
        edges = st.sampled_from([least_quote, most_quote])
        sides += [volume, draw(edges | st.integers(least_quote, most_quote))]
    return Bar(open_, high, low, close, *sides, trades, 77, open_ + 1)  # type: ignore[call-arg]


def check_bar(bar: Bar) -> None:
    assert bar.open % 2 == 0 and bar.close % 2 == 1
    assert bar.low < min(bar.open, bar.close) and max(bar.open, bar.close) < bar.high
    slack = bar.trades * (bar.high - bar.low)
    for volume, quote in ((bar.bought, bar.bought_quote), (bar.sold, bar.sold_quote)):
        assert volume >= UNITS * bar.trades
        assert bar.low * volume + slack <= quote <= bar.high * volume - slack


words = st.lists(st.integers(0, 65_535) | st.sampled_from([0, 65_535]), min_size=30, max_size=30)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.data(), st.integers(1, 6), words)
def test_parts_keep_what_makes_them_divisible(
    data: st.DataObject, count: int, words: list[int]
) -> None:
    bar = data.draw(bars(count * LEAST_TRADES))
    parts = split(bar, count, words, LEAST_TRADES)
    assert len(parts) == count and join(parts) == bar
    for part in parts:
        check_bar(part)
        assert part.trades >= LEAST_TRADES
    for part, after in pairwise(parts):
        assert abs(after.open - part.close) == 1 and after.before == part.close
        assert after.first_id == part.first_id + part.trades


@settings(derandomize=True, deadline=None, max_examples=150)
@given(bars(LEAST_TRADES), st.integers(0, 10**6))
def test_trades_hit_every_allowed_minute(bar: Bar, minute: int) -> None:
    trades = trades_of(b"key", minute, bar)
    prices = [trade.price for trade in trades]
    assert (prices[0], max(prices), min(prices), prices[-1]) == bar[:4]
    assert min(trade.volume for trade in trades) > 0
    for side, volume, quote in (
        (True, bar.bought, bar.bought_quote),
        (False, bar.sold, bar.sold_quote),
    ):
        mine = [trade for trade in trades if trade.bought is side]
        assert sum(trade.volume for trade in mine) == volume
        assert sum(trade.price * trade.volume for trade in mine) == quote


# The running candle


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


# Listing and halts


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


# A pure function


# Recorded: whoever changes the market changes these.
PINNED_MINUTE = Candle(
    open_ms=1_640_995_200_000,
    end_ms=1_640_995_260_000,
    open=3_848_540,
    high=3_849_722,
    low=3_848_409,
    close=3_848_917,
    volume=480_016,
    quote_volume=1_847_532_142_383,
    trades=15,
    taker_volume=224_936,
    taker_quote_volume=865_755_495_601,
    first_trade_id=138_060_340,
    closed=True,
    price_digits=2,
    volume_digits=5,
)
PINNED_MONTH = Candle(
    open_ms=1_640_995_200_000,
    end_ms=1_643_673_600_000,
    open=3_848_540,
    high=4_300_043,
    low=3_798_602,
    close=4_113_283,
    volume=56_135_346_667,
    quote_volume=228_675_076_337_543_874,
    trades=2_668_171,
    taker_volume=27_913_241_665,
    taker_quote_volume=113_771_192_952_747_858,
    first_trade_id=138_060_340,
    closed=True,
    price_digits=2,
    volume_digits=5,
)


def test_values_of_seed_one_stay() -> None:
    market = Market(1, [BUSY])
    assert market.candle("BTC-USDT", M1, LISTED) == PINNED_MINUTE
    assert market.candle("BTC-USDT", monthly(), LISTED) == PINNED_MONTH


@few
@given(st.lists(st.tuples(names, st.sampled_from([S1, M1, *SHORT, *LONG]), minutes), max_size=20))
def test_any_order_of_access_reads_the_same(asked: list[tuple[str, Grid, int]]) -> None:
    one, two = Market(3, PAIRS), Market(3, PAIRS[::-1])
    there = [one.candle(pair, grid, grid.floor(at_ms)) for pair, grid, at_ms in asked]
    back = [two.candle(pair, grid, grid.floor(at_ms)) for pair, grid, at_ms in reversed(asked)]
    assert there == back[::-1]


@some
@given(names, minutes)
def test_another_seed_and_another_pair_read_otherwise(pair: str, at_ms: int) -> None:
    hour = every(HOUR_MS)
    open_ms = hour.floor(at_ms)
    other = Market(8, PAIRS)
    assert whole(MARKET, pair, hour, open_ms).volume != whole(other, pair, hour, open_ms).volume
    twin = Market(7, [replace(MARKET.pairs[pair], base="TWIN")])
    twin_name = next(iter(twin.pairs))
    assert whole(MARKET, pair, hour, open_ms).volume != whole(twin, twin_name, hour, open_ms).volume


def test_order_of_pairs_is_kept() -> None:
    assert list(Market(1, PAIRS).pairs.values()) == PAIRS
    assert Market(5).seed == 5


# Usage errors


def test_unknown_pair_names_the_nearest() -> None:
    for call in (
        lambda: Market().candle("BTC/USDT", M1, LISTED),
        lambda: Market().at("BTC/USDT", M1, LISTED),
        lambda: Market().candles("BTC/USDT", M1, LISTED, LISTED),
        lambda: Market().first_open("BTC/USDT", M1),
        lambda: Market().trade_times("BTC/USDT", LISTED),
    ):
        with pytest.raises(UnknownPair) as caught:
            call()
        assert str(caught.value) == (
            "unknown trading pair 'BTC/USDT', expected one of 16; the nearest is 'BTC-USDT'"
        )
    assert isinstance(caught.value, KeyError)
    assert "nearest" not in str(UnknownPair("A-B", []))


def test_misaligned_times() -> None:
    with pytest.raises(ValueError, match=f"open_ms is {LISTED + 60_000}, .*{LISTED} or "):
        MARKET.candle(BUSY.name, every(5 * MINUTE_MS), LISTED + 60_000)
    with pytest.raises(ValueError, match=f"minute_ms is {LISTED + 1}, .*such as {LISTED}"):
        MARKET.trade_times(BUSY.name, LISTED + 1)


def test_pairs_that_cannot_be_traded() -> None:
    with pytest.raises(ValueError, match=r"BTC-USDT: price is 9.99 .* at least 1000 ticks"):
        Market(1, [replace(BUSY, price=Decimal("9.99"))])
    with pytest.raises(ValueError, match=r"BTC-USDT: volume_per_minute is 0.01 .* 64 units"):
        Market(1, [replace(BUSY, volume_per_minute=Decimal("0.01"))])
