"""What becomes of intervals without trades, and of candles that have no numbers?"""

from __future__ import annotations

import asyncio

from conformance import compare
from conformance.case import Case
from conformance.contract import Reading
from conformance.observe import SOON_S, eventually, passed_on, story, upcoming
from conformance.registry import check
from conformance.silence import quieten
from conformance.watched import Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.content.null_row import NullRow

_PRICES = ("open", "high", "low", "close")
# REST answers whose rows have no numbers; those that follow have them
_ANSWERS = 2


@check("FIELD-08")
async def no_numbers(case: Case) -> None:
    await case.world.own_market()
    await _idle_intervals(case)
    await _null_rows(case)


async def _idle_intervals(case: Case) -> None:
    """Judge a feed in a market in which nobody trades for some intervals."""
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    pair = case.pair
    feed = case.watch(pair, interval, history=0)
    await feed.start()
    try:
        if not await eventually(lambda: bool(feed.updates), 300 + 2 * grid.length_ms / SECOND_MS):
            case.not_exercised("nothing came from the feed", consequence_of="FINAL-02")
        for_s = 2 * grid.length_ms / SECOND_MS + (grid.length_ms - MINUTE_MS) / SECOND_MS
        await quieten(case, pair, for_s)
        quiet = case.world.now_ms(), case.world.now_ms() + round(for_s * SECOND_MS)
        case.did(f"Nobody traded {pair} for {for_s:.0f} s.")
        await eventually(lambda: case.world.now_ms() >= quiet[1], for_s + 1)
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    idle = [
        candle
        for candle in case.world.market.candles(pair, grid, *quiet)
        if candle.trades == 0 and candle.end_ms <= quiet[1]
    ]
    if not idle:
        case.not_exercised("no interval was without trades")
    if case.samples.flat:  # how a hole of the exchange's own is filled is GAP-04's matter
        _judge_idle(case, feed, {candle.open_ms: float(candle.decimal("close")) for candle in idle})
    if not any(item.open_ms >= quiet[1] for item in feed.candles):
        case.fail(
            f"after {len(idle)} intervals without trades no candle is handed over any more",
            expected="the candles that follow",
            got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
        )
    flat = "candles without volume" if case.samples.flat else "no candles, as the exchange has none"
    case.witness(f"{len(idle)} intervals without trades: {flat}")


def _judge_idle(case: Case, feed: Watched, prices: dict[int, float]) -> None:
    """Fail if a candle without trades has other prices than the last one traded, or volume."""
    for item in feed.candles:
        price = prices.get(item.open_ms)
        if price is None:
            continue
        reading = item.reading
        got = [float(getattr(reading, name)) for name in _PRICES]
        if any(abs(value - price) > compare.TOLERANCE * price for value in got):
            case.fail(
                f"an interval without trades becomes a candle whose close is "
                f"{compare.plain(reading.close)}",
                expected=f"no candle, or one whose prices are all {compare.plain(price)}, the last "
                "price traded",
                got=repr(reading),
                likely="null or no volume is taken for a price of 0" if 0 in got else "",
            )
        if reading.volume != 0:
            case.fail(
                f"an interval without trades has a volume of {compare.plain(reading.volume)}",
                expected="0",
                got=repr(reading),
            )


async def _null_rows(case: Case) -> None:
    """Judge a feed that is sent candles with null, or empty text, in place of numbers."""
    pair, interval, mock = case.pair, await case.live_interval(), case.world.mock
    grid = case.meaning(interval).grid
    feed = case.watch(pair, interval, history=0)
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S + grid.length_ms / 1000):
            case.not_exercised("nothing came from the feed", consequence_of="FINAL-02")
        stream = mock.add_fault(NullRow(of="stream"))
        await _middle_of_the_next(case, grid)
        mock.remove_fault(stream)
        rest = mock.add_fault(NullRow(of="rest", times=_ANSWERS, value="empty"))
        refused = mock.add_fault(HttpStatus(of="handshake"))
        mock.end_connections(Drop("eof"))
        for _ in range(_ANSWERS):
            await _middle_of_the_next(case, grid)
        mock.remove_fault(refused)
        # who has not asked yet asks once the stream is back
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
        mock.remove_fault(rest)
        well_ms = case.world.now_ms()
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    case.did(
        f"For an interval the messages of {pair} {interval} had null in place of prices and "
        f"volume. Then there was no stream for {_ANSWERS} intervals, and {rest.struck} REST "
        "answers had empty text in their place. Then all was well."
    )
    _judge_nulls(case, feed)
    if not any(item.at_ms >= well_ms for item in feed.candles):
        case.fail(
            "after candles without numbers no candle is handed over any more",
            expected="the candles that follow",
            got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
            likely="float(None) raises, and nobody catches that",
        )
    if not stream.struck and not rest.struck:
        case.not_exercised("no candle came without numbers")
    case.witness(f"{stream.struck} messages and {rest.struck} answers without numbers")


async def _middle_of_the_next(case: Case, grid: Grid) -> None:
    closes_ms = grid.next(grid.floor(case.world.now_ms()))
    await asyncio.sleep((closes_ms - case.world.now_ms() + grid.length_ms / 2) / SECOND_MS)


def _judge_nulls(case: Case, feed: Watched) -> None:
    """Fail if a candle or an update without numbers was handed over, or one with a price of 0."""
    for error in getattr(feed, "unreadable", ()):
        case.fail(
            f"a candle without numbers is handed over: {error}",
            expected="no candle, or the exchange's numbers once they are known",
            likely="null is passed on as it comes",
        )
    updates = [each for each in feed.updates if isinstance(each, Reading)]
    for what, readings in (
        ("candle", [item.reading for item in feed.candles]),
        ("update", updates),
    ):
        for reading in readings:
            if any(float(getattr(reading, name)) <= 0 for name in _PRICES):
                case.fail(
                    f"null, or empty text, becomes a price of 0 in {what} "
                    f"{compare.when(reading.timestamp)}",
                    expected="no candle, or the exchange's numbers once they are known",
                    got=repr(reading),
                    likely="float(value or 0) makes a price of what is none",
                )
