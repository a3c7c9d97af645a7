"""Is every closed candle there, whatever was missed?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from conformance.case import Case
from conformance.checks import quiet_gap  # noqa: F401 - it registers the mirrors of this area
from conformance.checks.absence import (
    CANDLE_PATHS,
    candle_requests,
    exact,
    long_absence,
    series,
    told_anew,
    told_lines,
    work_done,
)
from conformance.checks.rest_rows import spoken
from conformance.observe import SOON_S, eventually, judge_candles, passed_on, story, upcoming
from conformance.registry import check
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import MINUTE_MS, Grid
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.slow_accept import SlowAccept
from mock_exchanges.faults.content.skip_candle import SkipCandle
from mock_exchanges.faults.content.skip_close import SkipClose
from mock_exchanges.faults.pressure.rate_limit import RateLimit
from mock_exchanges.faults.pressure.slow import Slow

# intervals without a trade, and how many where they are long
_QUIET, _QUIET_LONG = 10, 4
# intervals that are lost at the exchange, those in which a feed may look for them, and
# those in which it must be as before; and the most requests more in each of these
_LOST, _SEARCH, _CALM, _MORE = 3, 4, 4, 3


@check("GAP-01")
async def fills_the_gap(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    mock = case.world.mock
    away = (HttpStatus(of="handshake"), HttpStatus(of="rest", body="away"))
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        for fault in away:
            mock.add_fault(fault)
        mock.end_connections(Drop("eof"))
        back_s = (upcoming(case, case.pair, grid, 4).end_ms - case.world.now_ms()) / 1000
        back_s -= 0.6 * grid.length_ms / 1000
        case.did(f"The exchange was away for {back_s:.0f} s, in which three candles closed.")
        await asyncio.sleep(back_s)
        for fault in away:
            mock.remove_fault(fault)
        target = upcoming(case, case.pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    judge_candles(case, feed, case.pair, grid, target)


@check("GAP-02")
async def notices_a_hole(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    # where nothing marks a close, a feed cannot know that the last message is lost
    faults: list[Fault] = [SkipClose(times=1)] if case.samples.marks_close else []
    for fault in [*faults, SkipCandle(times=1)]:
        await _skipped(case, interval, grid, fault)


async def _skipped(case: Case, interval: str, grid: Grid, fault: Fault) -> None:
    """Judge one feed that does not hear of a candle, or of its close."""
    feed = case.watch(case.pair, interval)
    lost = "one candle's close" if isinstance(fault, SkipClose) else "one candle"
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        # not in the middle of a close
        left_ms = grid.next(grid.floor(case.world.now_ms())) - case.world.now_ms()
        await asyncio.sleep((left_ms - grid.length_ms / 2) / 1000 % (grid.length_ms / 1000))
        work = case.world.mock.add_fault(fault)
        since_ms = case.world.now_ms()
        target = upcoming(case, case.pair, grid, 4)
        await passed_on(case, feed, grid, target)
        case.world.mock.remove_fault(work)
        told = told_anew([*feed.notes], since_ms)
    finally:
        await feed.stop()
    case.did(f"The exchange left {lost} of {case.pair} {interval} out of the stream.")
    if not work.struck:
        case.not_exercised(f"the exchange did not leave out {lost}: nothing came of it")
    found = series(case, feed, case.pair, grid, feed.first_ms, target.end_ms)
    if found.came and len(found.missing) > len(found.expected) // 2:
        case.fail(
            f"after {lost} was left out, {len(found.missing)} candles never arrived",
            expected=spoken(found.expected),
            got=spoken(found.came),
        )
    exact(case, case.pair, grid, feed.candles)
    if found.missing and not told:
        case.fail(
            f"{lost} was left out of the stream, the candle is missing and nothing was told",
            expected=f"{spoken(found.expected)}; or a word about the hole",
            got=spoken(found.came),
            likely="the candle after a hole is taken as it comes: compare its open time with the "
            "end of the one before",
        )
    case.witness(f"{lost}: {'told' if found.missing else 'filled'}")


@check("GAP-03")
async def hands_over(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    for fault, what in (
        (Slow(delay_s=8), "The answers to REST requests took 8 s"),
        (SlowAccept(delay_s=8), "The WebSocket handshake took 8 s"),
    ):
        work = case.world.mock.add_fault(fault)
        left_s = (grid.next(grid.floor(case.world.now_ms())) - case.world.now_ms()) / 1000
        await asyncio.sleep((left_s - 4) % (grid.length_ms / 1000))
        await _handed_over(case, interval, grid, f"{what}, in which a candle closed.")
        case.world.mock.remove_fault(work)


async def _handed_over(case: Case, interval: str, grid: Grid, what: str) -> None:
    """Judge a feed that is started a few seconds before a candle closes."""
    journal = case.world.journal.total
    feed = case.watch(case.pair, interval)
    rolls_ms = grid.next(grid.floor(case.world.now_ms()))
    await feed.start()
    try:
        await asyncio.sleep((rolls_ms - case.world.now_ms()) / 1000)
        # who had neither history nor stream by then may begin later
        early = bool(candle_requests(case, journal)) or len(feed.updates) > 0
        target = upcoming(case, case.pair, grid, 3)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    case.did(f"{what}\n{story(feed, case.world.setting.epoch_ms)}")
    if not feed.candles:
        case.fail("no candle was handed over", expected=f"candles of {case.pair} {interval}")
    first_ms = feed.first_ms if early else min(item.open_ms for item in feed.candles)
    found = series(case, feed, case.pair, grid, first_ms, target.end_ms)
    if found.missing:
        case.fail(
            f"{len(found.missing)} of {len(found.expected)} candles are missing between history "
            "and stream",
            expected=spoken(found.expected),
            got=spoken(found.came),
            likely="what closed after the history was asked for and before the stream began has "
            "to be asked for again",
        )
    if found.twice:
        case.fail(
            f"{len(found.twice)} candles came from history and from the stream",
            expected=spoken(found.expected),
            got=spoken(found.came),
        )
    exact(case, case.pair, grid, feed.candles)
    case.witness(f"{len(found.came)} candles across the hand-over")


@check("GAP-04")
async def bears_a_quiet_market(case: Case) -> None:
    await case.world.own_market()
    pair, interval = case.pair, await case.live_interval()
    grid, market = case.meaning(interval).grid, case.world.market
    count = _QUIET if grid.length_ms <= MINUTE_MS else _QUIET_LONG
    feed = case.watch(pair, interval)
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        quiet_ms = grid.ahead(grid.floor(case.world.now_ms()), 2)
        ends_ms = grid.ahead(quiet_ms, count)
        market.quieten(pair, quiet_ms, ends_ms)
        await asyncio.sleep((ends_ms - case.world.now_ms()) / 1000)
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    quiet = market.candles(pair, grid, quiet_ms, ends_ms)
    case.did(
        f"Nobody traded {pair} for {count} intervals, then trading went on.\n"
        f"{story(feed, case.world.setting.epoch_ms)}"
    )
    if any(candle.trades for candle in quiet):
        case.not_exercised("there were trades in the quiet stretch")
    found = series(case, feed, pair, grid, feed.first_ms, target.end_ms)
    traded = [open_ms for open_ms in found.missing if not quiet_ms <= open_ms < ends_ms]
    if traded:
        case.fail(
            f"{len(traded)} candles with trades are missing around a quiet stretch",
            expected=spoken([o for o in found.expected if not quiet_ms <= o < ends_ms]),
            got=spoken(found.came),
        )
    exact(case, pair, grid, feed.candles)
    flat = [open_ms for open_ms in found.came if quiet_ms <= open_ms < ends_ms]
    case.witness(f"{count} quiet intervals: {len(flat)} flat candles")


@check("GAP-05")
async def asks_again(case: Case) -> None:
    interval = await case.live_interval()
    pair, grid, mock = case.pair, case.meaning(interval).grid, case.world.mock
    feed = case.watch(pair, interval)
    # tokens can be had
    broken = [HttpStatus(of="rest", body="away", path=path) for path in CANDLE_PATHS]
    too_many = [RateLimit(retry_after_s=10, path=path) for path in CANDLE_PATHS]
    away = HttpStatus(of="handshake")
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        gone_ms, journal = case.world.now_ms(), case.world.journal.total
        for fault in (away, *broken):
            mock.add_fault(fault)
        mock.end_connections(Drop("eof"))
        await asyncio.sleep(_until(case, upcoming(case, pair, grid, 3).end_ms, grid))
        mock.remove_fault(away)
        back_ms = case.world.now_ms()
        await asyncio.sleep(_until(case, upcoming(case, pair, grid, 2).end_ms, grid))
        _change(case, broken, too_many)
        await asyncio.sleep(60)
        failed = len(candle_requests(case, journal))
        seen, well_ms = len(feed.candles), case.world.now_ms()
        _change(case, too_many, [])
        later = upcoming(case, pair, grid, 1).end_ms + 15 * MINUTE_MS
        target = upcoming(case, pair, grid, 1)
        await eventually(
            lambda: not series(case, feed, pair, grid, feed.first_ms, target.end_ms).missing,
            (later - well_ms) / 1000,
        )
        told = told_anew([*feed.notes], gone_ms)
    finally:
        await feed.stop()
    case.did(
        f"The exchange was away while two candles closed. The stream came back, and for "
        f"{(well_ms - back_ms) / 1000:.0f} s REST answered HTTP 503, then that there are too many "
        f"requests: {failed} requests for candles met that."
    )
    found = series(case, feed, pair, grid, grid.floor(gone_ms), target.end_ms)
    if found.missing and not failed:
        case.not_exercised("the feed asked REST for no candles", consequence_of="GAP-01")
    meanwhile = {item.open_ms for item in feed.candles[:seen]}
    skipped = [
        open_ms for open_ms in found.expected if meanwhile and grid.floor(gone_ms) <= open_ms
        and open_ms < max(meanwhile) and open_ms not in meanwhile
    ]  # fmt: skip
    if found.missing:
        case.fail(
            f"the backfill failed and was not tried again: {len(found.missing)} of "
            f"{len(found.expected)} candles are missing",
            expected=spoken(found.expected),
            got=spoken(found.came),
            likely="keep what is missing, and ask for it again with growing pauses",
        )
    if skipped and not told:
        case.fail(
            "later candles came while the backfill failed, and nothing told of the gap",
            expected=f"a word about {spoken(skipped)}; or no later candle before these",
            got=spoken(sorted(meanwhile)),
        )
    exact(case, pair, grid, feed.candles)
    case.witness(f"{failed} requests failed; all {len(found.expected)} candles came")


@check("GAP-06")
async def fills_a_long_gap(case: Case) -> None:
    absence = await long_absence(case, 1.2)
    found = absence.series(case)
    if found.missing:
        said = told_lines(absence.told, case.world.setting.epoch_ms)
        case.fail(
            f"{len(found.missing)} of {len(found.expected)} candles of a long outage never arrived",
            expected=spoken(found.expected),
            got=f"{spoken(found.came)}\ntold: {said}",
            likely=f"one REST answer has at most {case.samples.rest_limit} candles: ask again "
            "from the last one on",
        )
    case.witness(f"{len(found.came)} candles, {absence.asked} requests")


@check("GAP-07")
async def leaves_a_lasting_hole(case: Case) -> None:
    await case.world.own_market()
    pair, interval = case.pair, await case.live_interval()
    grid, market = case.meaning(interval).grid, case.world.market
    feed = case.watch(pair, interval)
    # so that time passes however fast one asks
    case.world.mock.add_fault(Slow(delay_s=0.5))
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        before = await work_done(case, grid, _CALM)
        lost_ms = grid.ahead(grid.floor(case.world.now_ms()), 2)
        ends_ms = grid.ahead(lost_ms, _LOST)
        market.gap(pair, lost_ms, ends_ms)
        await asyncio.sleep((ends_ms - case.world.now_ms()) / 1000)
        await work_done(case, grid, _SEARCH)
        after = await work_done(case, grid, _CALM)
        target = upcoming(case, pair, grid, 1)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    case.did(
        f"The exchange lost {_LOST} candles of {pair} {interval} for good: neither its stream nor "
        f"REST has them. Everything else went on.\n{story(feed, case.world.setting.epoch_ms)}"
    )
    for what, was, now in zip(("requests for candles", "connections"), before, after, strict=True):
        if now > was + _MORE * _CALM:
            case.fail(
                f"a hole that the exchange has is looked for without end: {now} {what} in "
                f"{_CALM} intervals, long after",
                expected=f"as before the hole: {was}",
                got=str(now),
                likely="after a few tries a hole that REST has, too, is the exchange's own",
            )
    found = series(case, feed, pair, grid, ends_ms, target.end_ms)
    if found.missing:
        case.fail(
            f"after a hole of the exchange's own {len(found.missing)} of {len(found.expected)} "
            "candles never arrived",
            expected=spoken(found.expected),
            got=spoken(found.came),
            likely="the feed waits for candles that will never be there",
        )
    exact(case, pair, grid, feed.candles)
    case.witness(f"{after[0]} requests, {after[1]} connections long after a hole of {_LOST}")


def _change(case: Case, gone: Sequence[Fault], new: Sequence[Fault]) -> None:
    """Take some faults away and add others."""
    for fault in gone:
        case.world.mock.remove_fault(fault)
    for fault in new:
        case.world.mock.add_fault(fault)


def _until(case: Case, end_ms: int, grid: Grid) -> float:
    """Return the seconds until the middle of the interval after a time."""
    return (end_ms - case.world.now_ms() + grid.length_ms // 2) / 1000
