"""A feed watched for some candles, with or without trouble, and what is wrong with what came."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from conformance import compare
from conformance.case import Case
from conformance.contract import COLUMNS, EXTRAS, Number, Reading
from conformance.observe import SOON_S, eventually, passed_on, story, upcoming
from conformance.verdict import Row
from conformance.watched import Emitted, Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import EXACT, Candle
from mock_exchanges.faults import ActiveFault, Fault
from mock_exchanges.faults.connect.http_status import HttpStatus

# what can be wrong with a candle that was handed over
Flaw = Literal[
    "unit", "time", "slot", "volume", "digits", "unfinished", "other"
]  # fmt: skip

# virtual seconds for which a new connection brings no data, so that what comes is REST's
MUTED_S = 20.0

# years that a candle of today can be dated in, if its unit is right
_YEARS_S = (946_684_800, 4_102_444_800)


@dataclass(frozen=True, slots=True)
class Matched:
    """A candle that was handed over, and the exchange's that it stands for."""

    item: Emitted
    candle: Candle | None
    flaws: frozenset[Flaw]

    def rows(self) -> list[Row]:
        """Return the two side by side."""
        return [] if self.candle is None else compare.rows(self.item.reading, self.candle)

    def likely(self) -> str:
        """Say what the wrong columns hold, where the ledger knows it."""
        return "" if self.candle is None else compare.explain(self.item.reading, self.candle)


@dataclass(slots=True)
class Course:
    """What happened: the feed, its pair and calendar, and what was there to be handed over.

    ``away`` are the open times of the candles that closed while no connection could be had.
    """

    case: Case
    feed: Watched
    pair: str
    interval: str
    grid: Grid
    target: Candle | None = None
    away: list[int] = field(default_factory=list)
    struck: list[ActiveFault] = field(default_factory=list)

    def matched(self) -> list[Matched]:
        """Return what was handed over, in order, each with the candle that it stands for."""
        case, first_ms = self.case, self.feed.first_ms
        now_ms = case.world.now_ms()
        ledger = case.world.market.candles(
            self.pair, self.grid, self.grid.back(self.grid.floor(first_ms), 40), now_ms
        )
        running = case.world.market.at(self.pair, self.grid, now_ms)
        known = [*ledger, *([running] if running is not None else [])]
        return [_matched(item, known) for item in self.feed.candles]

    def expected(self) -> str:
        """Return the closed candles that there were, for a reader."""
        end_ms = self.case.world.now_ms() if self.target is None else self.target.end_ms
        candles = self.case.candles(self.pair, self.grid, self.feed.first_ms, end_ms)
        return times(candle.open_ms for candle in candles)

    def got(self) -> str:
        """Return what was handed over, for a reader."""
        return times(item.open_ms for item in self.feed.candles) or "none"


def times(open_times: Iterator[int] | Sequence[int]) -> str:
    """Write open times (epoch milliseconds) for a reader."""
    return ", ".join(compare.when(open_ms / 1000) for open_ms in open_times)


def _matched(item: Emitted, known: Sequence[Candle]) -> Matched:
    candle = _meant(item.reading, known)
    return Matched(item, candle, flaws(item.reading, candle))


def _meant(reading: Reading, known: Sequence[Candle]) -> Candle | None:
    """Return the candle with this time, or with these numbers, or in which the time lies."""
    seconds = float(reading.timestamp)
    for candle in known:
        if compare.same_time(seconds, candle.open_ms):
            before = [c for c in known if c.end_ms == candle.open_ms and c.trades]
            # a close time is the open time of the candle that follows
            if before and not _wrong(reading, before[0]) and _wrong(reading, candle):
                return before[0]
            return candle
    for candle in known:
        if candle.trades and not _wrong(reading, candle):
            return candle
    for candle in known:
        if compare.unit_of(seconds, candle.open_ms) or candle.open_ms <= seconds * 1000 < (
            candle.end_ms
        ):
            return candle
    return None


def _wrong(reading: Reading, candle: Candle) -> list[str]:
    return [c for c in COLUMNS if not compare.same(getattr(reading, c), candle.decimal(c))]


def flaws(reading: Reading, candle: Candle | None) -> frozenset[Flaw]:
    """Return what is wrong with a reading of a candle, each flaw by its most telling name."""
    found: set[Flaw] = set()
    if not _YEARS_S[0] < float(reading.timestamp) < _YEARS_S[1]:
        found.add("unit")
    elif candle is None or not compare.same_time(reading.timestamp, candle.open_ms):
        found.add("time")
    if candle is not None:
        found |= _numbers(reading, candle)
    return frozenset(found)


def _numbers(reading: Reading, candle: Candle) -> set[Flaw]:
    wrong = _wrong(reading, candle)
    if not wrong:
        return set()
    if all(_rounded(getattr(reading, c), candle.decimal(c)) for c in wrong):
        return {"digits"}
    if compare.unfinished(reading, candle):
        return {"unfinished"}
    found: set[Flaw] = set()
    for column in wrong:
        got = getattr(reading, column)
        if column == "volume":
            others = [*(candle.decimal(c) for c in EXTRAS.values() if c != "trades")]
            others.append(Decimal(candle.trades))
            taken = any(compare.same(got, other) for other in others)
            found.add("volume" if taken else "other")
        elif any(compare.same(got, candle.decimal(c)) for c in COLUMNS if c != column):
            found.add("slot")
        else:
            found.add("other")
    return found


def _rounded(got: Number, expected: Decimal) -> bool:
    """Return whether a number is the expected one with digits lost."""
    exact = Decimal(got) if isinstance(got, int) else Decimal(repr(got)) if isinstance(
        got, float
    ) else got  # fmt: skip
    if float(exact) == struct.unpack("f", struct.pack("f", float(expected)))[0]:
        return True
    cut = -int(expected.as_tuple().exponent)
    for places in range(-1, cut):
        step = Decimal(1).scaleb(-places, EXACT)
        for rounding in ("ROUND_HALF_EVEN", "ROUND_DOWN", "ROUND_HALF_UP"):
            if compare.same(got, expected.quantize(step, rounding, EXACT)):
                return True
    return False


async def course(
    case: Case,
    *,
    pair: str = "",
    closes: int = 2,
    faults: Sequence[Fault] = (),
    outage: int = 0,
    after_outage: Callable[[Course], object] | None = None,
) -> Course:
    """Watch a feed until ``closes`` more candles were handed over, or had every chance to be.

    ``faults`` are at work from the first update on. With ``outage`` the connection breaks, and
    none can be had until so many candles have closed; REST answers all the time.
    """
    interval = await case.live_interval()
    pair = pair or case.pair
    grid = case.meaning(interval).grid
    feed = case.watch(pair, interval, history=0)
    run = Course(case, feed, pair, interval, grid)
    mock = case.world.mock
    what = " ".join(fault.sentence() for fault in faults)
    case.did(f"The feed followed {pair} {interval}. {what}".strip())
    await feed.start()
    try:
        if not await eventually(lambda: bool(feed.updates), SOON_S + 2 * grid.length_ms / 1000):
            case.not_exercised("nothing came from the feed")
        run.struck = [mock.add_fault(fault) for fault in faults]
        if outage:
            await _closed(case, feed, grid, pair, 1)
            await _away(run, outage)
            if after_outage is not None:
                after_outage(run)
        run.target = upcoming(case, pair, grid, closes)
        await passed_on(case, feed, grid, run.target)
        # what comes after it, twice or late, counts too
        await asyncio.sleep(5)
    finally:
        await feed.stop()
    case.did(f"{case.happened}\n{story(feed, case.world.setting.epoch_ms)}".strip())
    return run


async def _closed(case: Case, feed: Watched, grid: Grid, pair: str, count: int) -> None:
    await passed_on(case, feed, grid, upcoming(case, pair, grid, count))


async def _away(run: Course, closes: int) -> None:
    """End the connection and refuse others until so many candles have closed."""
    case, grid = run.case, run.grid
    mock = case.world.mock
    refused = mock.add_fault(HttpStatus(of="handshake"))
    mock.end_connections(Drop("eof"))
    since_ms = case.world.now_ms()
    last = upcoming(case, run.pair, grid, closes + 1)
    wait_s = (last.end_ms - since_ms) / 1000 + 0.3 * grid.length_ms / 1000
    case.did(
        f"{case.happened} For {wait_s:.0f} s no connection could be had, while REST answered; "
        f"{closes} candles opened and closed meanwhile."
    )
    await asyncio.sleep(wait_s)
    mock.remove_fault(refused)
    candles = case.candles(run.pair, grid, since_ms, last.end_ms)
    run.away = [candle.open_ms for candle in candles if candle.open_ms > since_ms]


def must_have_struck(run: Course, what: str) -> None:
    """End as not exercised, or not applicable, unless the faults struck."""
    case = run.case
    struck = sum(fault.struck for fault in run.struck)
    if not struck and not case.world.mock.engine.accepted:
        case.not_applicable("the feed opens no connection: it asks REST only")
    if not struck:
        case.not_exercised(f"{what} never happened")
    case.witness(f"{what}, {struck} times")


def must_be_free_of(
    run: Course, flaw: Flaw, headline: str, likely: str = "", only: Sequence[int] | None = None
) -> None:
    """Fail if a candle that was handed over has a flaw; ``only`` are open times that count."""
    case = run.case
    looked_at = 0
    for each in run.matched():
        if each.candle is not None and only is not None and each.candle.open_ms not in only:
            continue
        looked_at += 1
        if flaw in each.flaws:
            when = compare.when(each.candle.open_ms / 1000) if each.candle is not None else "?"
            case.fail(
                headline.format(when=when),
                rows=each.rows(),
                got="" if each.candle is not None else repr(each.item.reading),
                likely=each.likely() or likely,
            )
    if not looked_at:
        case.not_exercised("no such candle was handed over", consequence_of=_missing(case, only))
    case.witness(f"{looked_at} candles")


def _missing(case: Case, only: Sequence[int] | None) -> str | None:
    """Return the check whose matter it is that nothing came."""
    if case.card.id == "FINAL-02":
        return None
    return "FINAL-02" if only is None else "GAP-01"
