"""What the checks of gaps and pages share: long absences, holes, requests, what was told."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.case import Case
from conformance.checks.rest_rows import spoken
from conformance.clock import VirtualLoop
from conformance.observe import SOON_S, eventually, oldest, passed_on, upcoming
from conformance.watched import Emitted, Note, Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.journal import Entry
from mock_exchanges.faults.connect.http_status import HttpStatus

# virtual seconds within which a feed has ended a connection that was ended
_NOTICED_S = 2.0
# what the paths of candles end with
CANDLE_PATHS = ("candles", "klines")
# requests after which nobody needs to wait for more
_TIGHT = 300
_DIGITS = re.compile(r"[0-9a-f]*\d[0-9a-f.]*")


def candle_requests(case: Case, after: int = 0) -> list[Entry]:
    """Return the REST requests for candles since the journal's ``total`` was ``after``."""
    found = []
    for entry in case.world.journal.seen("request", after=after):
        path = entry.text.split(" ")[1].partition("?")[0]
        if case.samples.asks_candles(path):
            found.append(entry)
    return found


async def work_done(case: Case, grid: Grid, intervals: int) -> tuple[int, int]:
    """Let intervals pass; return how many requests for candles and connections came in them.

    Ends early when the requests are so many that nobody needs to wait for more.
    """
    journal, accepted = case.world.journal.total, case.world.mock.engine.accepted
    for _ in range(intervals * 10):
        await asyncio.sleep(grid.length_ms / 10_000)
        if len(candle_requests(case, journal)) > _TIGHT:
            break
    asked = len(candle_requests(case, journal))
    return asked, case.world.mock.engine.accepted - accepted


def told_anew(notes: Sequence[Note], since_ms: int) -> list[Note]:
    """Return what a feed told from a time on, without what it had said before in the same words.

    ``notes`` are those of a feed that was not stopped yet, ``since_ms`` epoch milliseconds.
    Numbers count as the same word: what a feed says at every connection tells of nothing.
    """
    usual = {_words(note) for note in notes if note.at_ms < since_ms and not note.error}
    later = [note for note in notes if note.at_ms >= since_ms]
    return [note for note in later if note.error or _words(note) not in usual]


def _words(note: Note) -> str:
    return _DIGITS.sub("#", note.text)


def told_lines(notes: Sequence[Note], origin_ms: int, lines: int = 4) -> str:
    """Write what was told for a reader, the last lines of it."""
    told = [f"{(n.at_ms - origin_ms) / 1000:+10.3f}s {n.text}" for n in notes[-lines:]]
    return "\n".join(told) or "nothing"


@dataclass(frozen=True, slots=True)
class Series:
    """What a feed handed over, beside what the exchange has: open times, epoch milliseconds."""

    expected: list[int]
    came: list[int]

    @property
    def missing(self) -> list[int]:
        """What never came."""
        came = set(self.came)
        return [open_ms for open_ms in self.expected if open_ms not in came]

    @property
    def twice(self) -> list[int]:
        """What came more than once."""
        return [open_ms for open_ms, count in Counter(self.came).items() if count > 1]

    @property
    def backwards(self) -> list[int]:
        """What came after a later one, though it had not come before."""
        found, newest, seen = [], 0, set()
        for open_ms in self.came:
            if open_ms < newest and open_ms not in seen:
                found.append(open_ms)
            newest = max(newest, open_ms)
            seen.add(open_ms)
        return found


def series(case: Case, feed: Watched, pair: str, grid: Grid, start_ms: int, end_ms: int) -> Series:
    """Return what came of a pair beside the exchange's candles in ``[start_ms, end_ms)``."""
    expected = [candle.open_ms for candle in case.candles(pair, grid, start_ms, end_ms)]
    came = [item.open_ms for item in feed.candles if start_ms <= item.open_ms < end_ms]
    return Series(expected, came)


def exact(case: Case, pair: str, grid: Grid, items: Sequence[Emitted]) -> None:
    """Fail unless each candle that came is the exchange's."""
    if not items:
        return
    opens = [item.open_ms for item in items]
    first_ms = oldest(grid, case.world.now_ms(), opens)
    ledger = case.world.market.candles(pair, grid, first_ms, case.world.now_ms())
    by_open = {candle.open_ms: candle for candle in ledger}
    for item in items:
        if item.open_ms not in by_open:
            case.fail(
                f"a candle of {item.open_ms // 1000} arrived, which the exchange does not have",
                expected=spoken(list(by_open)),
                got=spoken(opens),
            )
        case.compare("a closed candle", item.reading, by_open[item.open_ms])


@dataclass(frozen=True, slots=True)
class Absence:
    """A feed that was away, and came back: when, how often it asked REST, what it told.

    Times are epoch milliseconds; ``first_ms`` is the first candle that is to come, ``quiet`` the
    stretch in which nothing was traded, if there was one.
    """

    feed: Watched
    pair: str
    grid: Grid
    first_ms: int
    back_ms: int
    target: Candle
    asked: int
    told: Sequence[Note]
    quiet: tuple[int, int] = (0, 0)

    def series(self, case: Case) -> Series:
        """Return what came of the time of the absence and just after."""
        return series(case, self.feed, self.pair, self.grid, self.first_ms, self.target.end_ms)


async def long_absence(
    case: Case,
    pages: float,
    halt: tuple[float, float] | None = None,
    quiet: tuple[float, float] | None = None,
) -> Absence:
    """Let the machine sleep while so many pages of candles close, and the feed come back.

    A page is what one REST request gives at most. ``halt`` is a stretch of the absence, in
    pages from its begin, in which nothing is traded and no candle exists; ``quiet`` one in which
    the market is open and nobody trades. Ends as not applicable for a feed that asks REST for no
    candles.
    """
    pair, interval = case.pair, await case.live_interval()
    if halt is not None or quiet is not None:
        await case.world.own_market()
    grid = case.meaning(interval).grid
    feed, mock = case.watch(pair, interval), case.world.mock
    away = (HttpStatus(of="handshake"), HttpStatus(of="rest", body="away"))
    page_ms = case.samples.rest_limit * grid.length_ms
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        for fault in away:
            mock.add_fault(fault)
        mock.end_connections(Drop("eof"))
        await asyncio.sleep(_NOTICED_S)
        first_ms = max(feed.first_ms, grid.floor(case.world.now_ms()))
        start_ms = end_ms = 0
        if (stretch := halt or quiet) is not None:
            start_ms, end_ms = (grid.floor(first_ms + round(page_ms * each)) for each in stretch)
            if halt is not None:
                case.world.market.halt(start_ms, end_ms, pair)
            else:
                case.world.market.quieten(pair, start_ms, end_ms)
        sleep(pages * page_ms / 1000)
        back_ms, journal = case.world.now_ms(), case.world.journal.total
        for fault in away:
            mock.remove_fault(fault)
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
        asked = len(candle_requests(case, journal))
        told = told_anew([*feed.notes], back_ms)
    finally:
        await feed.stop()
    traded = " Nobody traded for most of that time." if quiet is not None else ""
    case.did(
        f"The machine slept for {pages * page_ms / 3_600_000:.1f} h; its connection had ended "
        f"before. {_closed(case, pair, grid, first_ms, back_ms)} candles closed meanwhile, one "
        f"REST answer has at most {case.samples.rest_limit}.{traded}"
    )
    if asked == 0 and case.judges_feed:
        case.not_applicable("the feed asks REST for no candles after an outage (see GAP-01)")
    return Absence(feed, pair, grid, first_ms, back_ms, target, asked, told, (start_ms, end_ms))


def sleep(seconds: float) -> None:
    """Let the machine sleep: all clocks go on, and nothing runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.block(seconds)


def _closed(case: Case, pair: str, grid: Grid, start_ms: int, end_ms: int) -> int:
    return len(case.candles(pair, grid, start_ms, grid.floor(end_ms)))
