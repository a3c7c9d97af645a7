"""Mirrors of gap checks: nothing was traded, so nothing was missed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from conformance.case import Case
from conformance.checks.absence import (
    CANDLE_PATHS,
    candle_requests,
    exact,
    long_absence,
    series,
    told_lines,
    work_done,
)
from conformance.checks.rest_rows import spoken
from conformance.observe import SOON_S, eventually, passed_on, story, upcoming
from conformance.registry import check
from conformance.watched import Note, Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import Grid
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.slow_accept import SlowAccept
from mock_exchanges.faults.pressure.rate_limit import RateLimit
from mock_exchanges.faults.pressure.slow import Slow

# intervals in which a feed may look around, and those in which it must be at rest; and the
# most requests more in each of these
_SEARCH, _CALM, _MORE = 2, 3, 3
# intervals for which REST fails
_FAILING = 3
# requests that are borne for two pages, whatever the feed's own page is
_BORNE = 40
# virtual seconds after REST is well in which failures of before are still told
_SETTLED_S = 30.0

_CANDLES = r"(?:candles?|klines?|bars?|intervals?|data)"
_LOSS = re.compile(
    rf"\b{_CANDLES}\b[ \w]*\b(?:lost|missing|missed)\b"
    rf"|\b(?:lost|missing|missed) (?:\w+ )?{_CANDLES}\b",
    re.IGNORECASE,
)
# what makes it no claim: a denial, a doubt, or what the feed is about to do
_NO_CLAIM = re.compile(
    r"\b(no|not|none|nothing|0|any|may|might|could|possibl[ey]|if|whether"
    r"|(check|look|search|ask|fetch|fill|request|load)\w*)\b",
    re.IGNORECASE,
)


def claims_loss(text: str) -> bool:
    """Return whether a text says, in one of its clauses, that candles are lost."""
    clauses = re.split(r"[.:;,!?()] *", text)
    return any(_LOSS.search(each) and not _NO_CLAIM.search(each) for each in clauses)


@check("GAP-03Q")
async def hands_over_in_silence(case: Case) -> None:
    await case.world.own_market()
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    for fault, what in (
        (Slow(delay_s=8), "the answers to the first REST requests took 8 s"),
        (SlowAccept(delay_s=8), "the WebSocket handshake took 8 s"),
    ):
        await _handed_over(case, interval, grid, fault, what)


async def _handed_over(case: Case, interval: str, grid: Grid, fault: Fault, what: str) -> None:
    """Judge a feed that is started while nothing is traded, just before an interval ends."""
    pair, mock, market = case.pair, case.world.mock, case.world.market
    quiet_ms = grid.next(grid.floor(case.world.now_ms()))
    rolls_ms = grid.ahead(quiet_ms, 3)
    ends_ms = grid.ahead(rolls_ms, _SEARCH + _CALM)
    market.quieten(pair, quiet_ms, ends_ms)
    await asyncio.sleep((rolls_ms - case.world.now_ms()) / 1000 - 4)
    feed = case.watch(pair, interval)
    work = mock.add_fault(fault)
    await feed.start()
    try:
        await asyncio.sleep((rolls_ms - case.world.now_ms()) / 1000 + 10)
        mock.remove_fault(work)
        # so that time passes however fast one asks
        slow = mock.add_fault(Slow(delay_s=0.5))
        await work_done(case, grid, _SEARCH)
        quiet = await work_done(case, grid, _CALM - 1)
        await asyncio.sleep(max(0, ends_ms - case.world.now_ms()) / 1000)
        lively = await work_done(case, grid, _CALM - 1)
        target = upcoming(case, pair, grid, 1)
        await passed_on(case, feed, grid, target)
        mock.remove_fault(slow)
    finally:
        await feed.stop()
    case.did(
        f"Nobody traded {pair} for {_SEARCH + _CALM + 3} intervals; the feed was started in the "
        f"third of them, just before its end, and {what}. Then trading went on.\n"
        f"{story(feed, case.world.setting.epoch_ms)}"
    )
    _asks_no_more(case, lively, quiet, _CALM - 1, "a quiet market is asked about without end")
    _judge(case, feed, grid, quiet_ms, ends_ms, target.end_ms)
    case.witness(f"{quiet[0]} requests in {_CALM - 1} quiet intervals, {lively[0]} in lively ones")


@check("GAP-05Q")
async def bears_a_failure_that_costs_nothing(case: Case) -> None:
    await case.world.own_market()
    pair, interval, mock = case.pair, await case.live_interval(), case.world.mock
    grid, engine = case.meaning(interval).grid, mock.engine
    broken: list[Fault] = [HttpStatus(of="rest", body="away", path=path) for path in CANDLE_PATHS]
    too_many: list[Fault] = [RateLimit(retry_after_s=10, path=path) for path in CANDLE_PATHS]
    feed = case.watch(pair, interval)
    mock.add_fault(Slow(delay_s=0.5))
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        before = await work_done(case, grid, _CALM)
        quiet_ms = grid.ahead(grid.floor(case.world.now_ms()), 2)
        ends_ms = grid.ahead(quiet_ms, 2 + _FAILING + 1 + _SEARCH + _CALM)
        case.world.market.quieten(pair, quiet_ms, ends_ms)
        # early in an interval, so that the feed is back before its end
        gone_ms = grid.next(quiet_ms) + 2000
        await asyncio.sleep((gone_ms - case.world.now_ms()) / 1000)
        number, journal = engine.accepted, case.world.journal.total
        for fault in broken:
            mock.add_fault(fault)
        mock.end_connections(Drop("eof"))
        left_s = (grid.ahead(quiet_ms, 2) - case.world.now_ms()) / 1000 - 1
        back = await eventually(
            lambda: engine.accepted > number and bool(engine.hub.topics()), left_s
        )
        if not back and number and case.samples.flat:
            case.not_applicable("the feed is away for longer than an interval, and misses candles")
        await _pass(case, grid, _FAILING - 1)
        for fault in broken:
            mock.remove_fault(fault)
        for fault in too_many:
            mock.add_fault(fault)
        await _pass(case, grid, 1)
        for fault in too_many:
            mock.remove_fault(fault)
        well_ms, failed = case.world.now_ms(), len(candle_requests(case, journal))
        await work_done(case, grid, _SEARCH)
        after = await work_done(case, grid, _CALM)
        await asyncio.sleep(max(0, ends_ms - case.world.now_ms()) / 1000)
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
        notes = [note for note in feed.notes if note.at_ms >= gone_ms]
    finally:
        await feed.stop()
    failing_s = (well_ms - gone_ms) / 1000
    case.did(
        f"Nobody traded {pair}. The connection broke and could be had again at once, and for "
        f"{failing_s:.0f} s REST answered HTTP 503, then that there are too many requests: "
        f"{failed} requests for candles met that. Nothing was missed.\n"
        f"{story(feed, case.world.setting.epoch_ms)}"
    )
    if failed > failing_s + before[0]:
        case.fail(
            f"while REST fails it is asked more than once a second: {failed} times in "
            f"{failing_s:.0f} s",
            expected="growing pauses, or at least a second",
            got=f"{failed} requests",
        )
    _asks_no_more(case, before, after, _CALM, "after a failure that cost nothing it goes on asking")
    _cries_not(case, notes, well_ms + round(_SETTLED_S * 1000))
    _judge(case, feed, grid, quiet_ms, ends_ms, target.end_ms)
    case.witness(f"{failed} requests failed, {after[0]} in {_CALM} intervals after")


async def _pass(case: Case, grid: Grid, intervals: int) -> None:
    await asyncio.sleep(intervals * grid.length_ms / 1000)


@check("GAP-06Q")
async def bears_a_long_silence(case: Case) -> None:
    absence = await long_absence(case, 1.9, quiet=(0.05, 1.85))
    if absence.asked > _BORNE:
        case.fail(
            f"more than {_BORNE} requests for a stretch in which nothing was traded",
            expected="a request for each page of it",
            got=f"{absence.asked} requests",
            likely="the next page begins at the last candle that came, and none comes",
        )
    settled_ms = absence.back_ms + round(_SETTLED_S * 1000)
    _cries_not(case, absence.told, settled_ms)
    _judge(case, absence.feed, absence.grid, *absence.quiet, absence.target.end_ms)
    case.witness(f"{absence.asked} requests for a long quiet stretch")


def _asks_no_more(
    case: Case, was: tuple[int, int], now: tuple[int, int], intervals: int, headline: str
) -> None:
    """Fail if a feed asks or connects more often now than it does otherwise."""
    for what, usual, count in zip(("requests for candles", "connections"), was, now, strict=True):
        if count > usual + _MORE * intervals:
            case.fail(
                f"{headline}: {count} {what} in {intervals} intervals",
                expected=f"as in a lively market: {usual}",
                got=str(count),
                likely="an interval without trades has no candle, or none yet: that REST has none "
                "is an answer",
            )


def _cries_not(case: Case, notes: Sequence[Note], settled_ms: int) -> None:
    """Fail if a caller is told that candles are lost, or of an error after all is well."""
    for note in notes:
        if claims_loss(note.text) or (note.error and note.at_ms >= settled_ms):
            case.fail(
                f"nothing was missed, and the feed tells {note.text!r}",
                expected="no word about lost candles: what REST does not have was not traded",
                got=told_lines(notes, case.world.setting.epoch_ms),
                likely="a failed request, or an answer without candles, is taken for a loss",
            )


def _judge(
    case: Case, feed: Watched, grid: Grid, quiet_ms: int, ends_ms: int, until_ms: int
) -> None:
    """Fail if candles with trades are missing, or any are made up or doubled."""
    if any(candle.trades for candle in case.world.market.candles(
        case.pair, grid, quiet_ms, ends_ms
    )):  # fmt: skip
        case.not_exercised("there were trades in the quiet stretch")
    found = series(case, feed, case.pair, grid, feed.first_ms, until_ms)
    traded = [o for o in found.expected if not quiet_ms <= o < ends_ms]
    if missing := [open_ms for open_ms in found.missing if open_ms in traded]:
        case.fail(
            f"{len(missing)} candles with trades are missing around a quiet stretch",
            expected=spoken(traded),
            got=spoken(found.came),
        )
    if found.twice:
        case.fail(
            f"{len(found.twice)} candles came twice in a quiet market",
            expected=spoken(found.expected),
            got=spoken(found.came),
        )
    exact(case, case.pair, grid, feed.candles)
