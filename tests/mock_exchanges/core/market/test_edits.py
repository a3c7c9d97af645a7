"""Edits of a market: what they change, what they leave, and that candles still fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, every, monthly
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market, UnknownPair
from mock_exchanges.core.pairs import DEFAULT_PAIRS, pairs_named

# 2026-07-25 16:00 UTC
START = 1_784_995_200_000
BTC, POWR = "BTC-USDT", "POWR-USDT"
M1, S1, H1 = every(MINUTE_MS), every(1_000), every(HOUR_MS)
GRIDS = [every(n * MINUTE_MS) for n in (3, 5, 15, 60, 240)] + [every(DAY_MS)]


def minutes(market: Market, pair: str = BTC, hours: int = 4) -> list[Candle]:
    return market.candles(pair, M1, START, START + hours * HOUR_MS)


def check_fits(market: Market, pair: str, *, lost: bool = False) -> None:
    """Ids have no gap, seconds make minutes, minutes make the larger candles."""
    told = minutes(market, pair)
    if not lost:
        for candle, after in pairwise(told):
            assert after.first_trade_id == candle.first_trade_id + candle.trades
            if not after.trades and after.open_ms == candle.end_ms:
                assert after.open == candle.close
    for candle in told:
        assert candle.low <= min(candle.open, candle.close)
        assert candle.high >= max(candle.open, candle.close)
        assert candle.low * candle.volume <= candle.quote_volume <= candle.high * candle.volume
        ids = [trade.id for trade in market.trades(pair, candle.open_ms)]
        assert ids == list(range(candle.first_trade_id, candle.first_trade_id + candle.trades))
    for candle in told[55:75]:
        same(market.candles(pair, S1, candle.open_ms, candle.end_ms), candle)
    if lost:
        return
    for grid in GRIDS[:5]:
        for large in market.candles(pair, grid, START, START + 4 * HOUR_MS):
            same([c for c in told if large.open_ms <= c.open_ms < large.end_ms], large)
    days = market.candles(pair, every(DAY_MS), START - DAY_MS, START + DAY_MS)
    for day in days:
        same(market.candles(pair, H1, day.open_ms, day.end_ms), day)


def same(parts: list[Candle], whole: Candle) -> None:
    trading = [part for part in parts if part.trades]
    assert sum(part.trades for part in parts) == whole.trades
    assert sum(part.volume for part in parts) == whole.volume
    assert sum(part.quote_volume for part in parts) == whole.quote_volume
    assert parts[0].first_trade_id == whole.first_trade_id
    if trading:
        assert trading[0].open == whole.open
        assert trading[-1].close == whole.close
        assert max(part.high for part in trading) == whole.high
        assert min(part.low for part in trading) == whole.low


def edit_all(market: Market, pair: str) -> None:
    """Edits of every kind that overlap and touch, out of order."""
    market.quieten(pair, START + 70 * MINUTE_MS, START + 80 * MINUTE_MS)
    market.correct(pair, START + 75 * MINUTE_MS, volume="1")
    market.correct(pair, START + 60 * MINUTE_MS, volume="2")
    market.halt(START + 78 * MINUTE_MS, START + 90 * MINUTE_MS, pair)
    market.halt(START + 62 * MINUTE_MS, START + 64 * MINUTE_MS)
    market.quieten(pair, START + 64 * MINUTE_MS, START + 66 * MINUTE_MS)
    market.correct(pair, START + 60 * MINUTE_MS, volume="1")
    market.correct(pair, START + 120 * MINUTE_MS, volume="1")
    market.halt(START + 119 * MINUTE_MS, START + 121 * MINUTE_MS)


@pytest.mark.parametrize("pair", [BTC, POWR])
def test_everything_still_fits_after_many_edits(pair: str) -> None:
    market = Market()
    edit_all(market, pair)
    check_fits(market, pair)


@pytest.mark.parametrize("pair", [BTC, POWR])
def test_any_order_of_access_reads_the_same_and_caches_follow(pair: str) -> None:
    asked, fresh = Market(), Market()
    minutes(asked, pair)
    asked.candle(pair, every(DAY_MS), START - START % DAY_MS)
    edit_all(asked, pair)
    edit_all(fresh, pair)
    assert fresh.candle(pair, every(DAY_MS), START - START % DAY_MS) == asked.candle(
        pair, every(DAY_MS), START - START % DAY_MS
    )
    backwards = [fresh.candle(pair, M1, START + n * MINUTE_MS) for n in reversed(range(240))]
    assert [c for c in reversed(backwards) if c] == minutes(asked, pair)


def test_a_halt_ends_trading_of_all_pairs_or_of_one() -> None:
    one, every_pair = Market(), Market()
    stretch = START + HOUR_MS, START + 2 * HOUR_MS
    one.halt(*stretch, pair=BTC)
    every_pair.halt(*stretch)
    assert one.candle(BTC, M1, stretch[0]) is None
    assert one.at(BTC, H1, stretch[1] - 1) is None
    assert not one.trading(BTC, stretch[0])
    assert one.trading(BTC, stretch[1])
    assert one.candles("ETH-USDT", M1, *stretch) == Market().candles("ETH-USDT", M1, *stretch)
    assert every_pair.candles("ETH-USDT", M1, *stretch) == []
    made = Market(halts=[stretch])
    assert minutes(every_pair) == minutes(one) == minutes(made)


def test_a_gap_loses_candles_and_nothing_else() -> None:
    plain, market = Market(), Market()
    start, end = START + 58 * MINUTE_MS, START + 63 * MINUTE_MS
    market.gap(BTC, start, end)
    assert minutes(market) == [c for c in minutes(plain) if not start <= c.open_ms < end]
    assert market.at(BTC, M1, start + 1_234) is None
    assert market.at(BTC, S1, start + 1_234) is None
    assert market.candles(BTC, H1, START, START + DAY_MS) == plain.candles(
        BTC, H1, START, START + DAY_MS
    )
    assert market.at(BTC, H1, start + 1_234) == plain.at(BTC, H1, start + 1_234)
    assert market.trading(BTC, start)
    lost = market.candle(BTC, every(5 * MINUTE_MS), START + 55 * MINUTE_MS)
    assert lost == plain.candle(BTC, every(5 * MINUTE_MS), START + 55 * MINUTE_MS)
    market.gap(BTC, START + 55 * MINUTE_MS, start)
    assert market.candle(BTC, every(5 * MINUTE_MS), START + 55 * MINUTE_MS) is None


def test_a_quiet_stretch_has_flat_candles_at_the_last_price() -> None:
    plain, market = Market(), Market()
    start, end = START + 58 * MINUTE_MS, START + 63 * MINUTE_MS
    market.quieten(BTC, start, end)
    before = plain.candle(BTC, M1, start - MINUTE_MS)
    assert before is not None and before.trades
    quiet = market.candles(BTC, M1, start, end)
    assert len(quiet) == 5
    for candle in quiet:
        assert candle.trades == candle.volume == candle.quote_volume == 0
        assert {candle.open, candle.high, candle.low, candle.close} == {before.close}
        assert candle.first_trade_id == before.first_trade_id + before.trades
        assert market.trade_times(BTC, candle.open_ms) == ()
        assert market.trading(BTC, candle.open_ms)
        running = market.at(BTC, M1, candle.open_ms + 31_000)
        assert running == candle._replace(closed=False)
    assert minutes(market)[:58] == minutes(plain)[:58]
    prices = [(c.open, c.high, c.low, c.close, c.volume, c.trades) for c in minutes(market)[63:]]
    assert prices == [
        (c.open, c.high, c.low, c.close, c.volume, c.trades) for c in minutes(plain)[63:]
    ]
    check_fits(market, BTC)


def test_a_correction_shows_in_every_candle_that_holds_the_minute() -> None:
    plain, market = Market(), Market()
    minute = START + 61 * MINUTE_MS
    was = plain.candle(BTC, M1, minute)
    assert was is not None
    high = was.decimal("high") + 5
    market.correct(BTC, minute, high, "0.5")
    is_ = market.candle(BTC, M1, minute)
    assert is_ is not None
    assert is_ == was._replace(
        high=was.high + 500,
        volume=was.volume + 50_000,
        quote_volume=was.quote_volume + (was.high + 500) * 50_000,
        taker_volume=was.taker_volume + 50_000,
        taker_quote_volume=was.taker_quote_volume + (was.high + 500) * 50_000,
        trades=was.trades + 1,
    )
    for grid in (*GRIDS, monthly()):
        opened = grid.floor(minute)
        old, new = plain.candle(BTC, grid, opened), market.candle(BTC, grid, opened)
        assert old is not None and new is not None
        assert new.trades == old.trades + 1
        assert new.volume == old.volume + 50_000
        assert (new.open, new.close) == (old.open, old.close)
    after, old = market.candle(BTC, M1, minute + HOUR_MS), plain.candle(BTC, M1, minute + HOUR_MS)
    assert after is not None and old is not None
    assert after == old._replace(first_trade_id=old.first_trade_id + 1)
    running = market.at(BTC, H1, minute + 10 * MINUTE_MS)
    untouched = plain.at(BTC, H1, minute + 10 * MINUTE_MS)
    assert running is not None and untouched is not None
    assert running.trades == untouched.trades + 1
    check_fits(market, BTC)


def test_a_correction_of_a_quiet_minute_is_its_only_trade() -> None:
    plain, market = Market(), Market()
    quiet = next(c for c in minutes(plain, POWR) if not c.trades)
    market.correct(POWR, quiet.open_ms)
    told = market.candle(POWR, M1, quiet.open_ms)
    assert told is not None
    assert told.trades == 1
    assert {told.open, told.high, told.low, told.close} == {quiet.close}
    assert told.decimal("volume") == Decimal(200)
    check_fits(market, POWR)


def test_a_pair_can_be_listed_from_a_day_or_a_minute() -> None:
    market = Market()
    (day,) = pairs_named(["NEW-USDT"])
    (minute,) = pairs_named(["OTHER-USDT"])
    shown = market.pairs
    market.list_pair(replace(day, listed=date(2026, 7, 25)))
    midnight = START - START % DAY_MS
    assert list(shown)[-1] == "NEW-USDT"
    assert market.first_open("NEW-USDT", M1) == midnight
    assert market.candle("NEW-USDT", M1, midnight - MINUTE_MS) is None
    alone = Market(1, [replace(day, listed=date(2026, 7, 25))])
    assert minutes(market, "NEW-USDT") == minutes(alone, "NEW-USDT")

    from_ms = START + 62 * MINUTE_MS
    market.list_pair(minute, from_ms)
    told = minutes(market, "OTHER-USDT")
    assert told[0].open_ms == from_ms
    assert told[0].first_trade_id == 1
    assert not market.trading("OTHER-USDT", from_ms - 1)
    hour = market.candle("OTHER-USDT", H1, START + HOUR_MS)
    assert hour is not None and hour.open == told[0].open
    market.correct("OTHER-USDT", from_ms + 5 * MINUTE_MS, volume=1)
    for candle, after in pairwise(minutes(market, "OTHER-USDT")):
        assert after.first_trade_id == candle.first_trade_id + candle.trades


def test_reset_takes_everything_back() -> None:
    market, plain = (
        Market(halts=[(START, START + MINUTE_MS)]),
        Market(halts=[(START, START + MINUTE_MS)]),
    )
    edit_all(market, BTC)
    market.list_pair(pairs_named(["NEW-USDT"])[0])
    assert [edit.kind for edit in market.edits].count("correct") == 4
    edition = market.edition
    market.reset()
    assert market.edits == ()
    assert market.edition > edition
    assert list(market.pairs) == list(plain.pairs)
    assert minutes(market) == minutes(plain)
    with pytest.raises(UnknownPair):
        market.candle("NEW-USDT", M1, START)


def test_edits_are_data_and_are_of_one_market() -> None:
    market, other = Market(), Market()
    heard: list[str] = []
    market.watch(heard.append)
    market.halt(START, START + MINUTE_MS)
    market.correct(BTC, START + MINUTE_MS, "64000", "0.5")
    assert [edit.told() for edit in market.edits] == [
        {"edit": "halt", "start_ms": START, "end_ms": START + MINUTE_MS},
        {
            "edit": "correct",
            "pair": BTC,
            "start_ms": START + MINUTE_MS,
            "end_ms": START + 2 * MINUTE_MS,
            "price": "64000.00",
            "volume": "0.50000",
        },
    ]
    assert heard[0] == f"halt start_ms={START} end_ms={START + MINUTE_MS}"
    assert len(heard) == 2
    assert other.edits == ()
    assert len(minutes(other)) == 240


def test_an_unedited_market_does_without_the_edited_book() -> None:
    market = Market(1, DEFAULT_PAIRS[:2])
    market.halt(START, START + MINUTE_MS, BTC)
    assert {name: type(book).__name__ for name, book in market._books.items()} == {
        BTC: "EditedBook",
        "ETH-USDT": "Book",
    }


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (lambda m: m.halt(START + 1, START + MINUTE_MS), f"start_ms is {START + 1}, .* {START}$"),
        (lambda m: m.gap(BTC, START, START), "expected less than end_ms"),
        (lambda m: m.quieten("BTC-USDX", START, START + MINUTE_MS), "nearest is 'BTC-USD'"),
        (lambda m: m.correct(BTC, START + 1), f"such as {START}"),
        (lambda m: m.correct(BTC, 0), "before its listing or in a halt"),
        (lambda m: m.correct(BTC, START, "64000.123"), "price is 64000.123, .*at most 2 decimals"),
        (lambda m: m.correct(BTC, START, volume="-1"), "volume is -1, expected more than 0"),
        (lambda m: m.correct(BTC, START, "much"), "price is 'much', expected a number"),
        (lambda m: m.list_pair(DEFAULT_PAIRS[0]), "BTC-USDT, which is listed already"),
        (lambda m: m.list_pair(pairs_named(["NEW-USDT"])[0], START + 1), "from_ms is"),
    ],
)
def test_wrong_edits_change_nothing(edit: Callable[[Market], None], text: str) -> None:
    market = Market()
    with pytest.raises((ValueError, KeyError), match=text):
        edit(market)
    assert market.edits == () and market.edition == 0
    assert len(minutes(market)) == 240
