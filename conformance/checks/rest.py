"""What does the adapter fetch by REST?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from conformance import compare
from conformance.case import Case
from conformance.checks.rest_rows import judge_set, meant, names, spoken, wanted
from conformance.contract import Reading
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.verdict import Outcome
from mock_exchanges.core.calendar import Grid
from mock_exchanges.faults.connect.http_status import HttpStatus

# virtual seconds between two requests, as a host that minds the limits waits
PACE_S = 1.0
# what a parser raises that has met something it does not expect, which refuses no limit
_CRASHES = (TypeError, LookupError, AttributeError, ArithmeticError)


async def fetch(
    case: Case, pair: str, interval: str, start_ms: int | None, limit: int | None
) -> list[Reading]:
    """Fetch by REST, with a fresh adapter, and read what came."""
    start_s = None if start_ms is None else start_ms // 1000
    asked = f"{pair!r}, {interval!r}, start_time={start_s}, limit={limit}"
    case.did(f"fetch_rest_candles({asked}) was called.")
    rows = await (await case.world.subject()).fetch(pair, interval, start_s, limit)
    return case.readings("a REST candle", rows)


@check("REST-01")
async def right_window(case: Case) -> None:
    supported = await case.supported()
    meaning = case.meaning(case.interval)
    if not meaning.rest:
        case.not_applicable("the exchange has no such interval by REST")
    if case.interval not in supported:
        case.not_applicable("the adapter does not support this interval by REST")
    meanings = [m for m in case.samples.meanings(case.interval) if m.rest]
    for number, meaning in enumerate(meanings, start=1):
        try:
            await _window(case, meaning.grid)
            return
        except Outcome:
            if number == len(meanings):
                raise


async def _window(case: Case, grid: Grid) -> None:
    """Fail unless REST gives the right candles of this calendar."""
    now_ms = case.world.now_ms()
    current = grid.floor(now_ms)
    for back, limit in ((20, 7), (4, 10)):
        start_ms = grid.back(current, back)
        got = await fetch(case, case.pair, case.interval, start_ms, limit)
        expected, more = wanted(case, grid, start_ms, current, limit)
        # what closed while the adapter was at it may be among them, and the running one
        meanwhile = [*grid.opens(current, case.world.now_ms() + 1)]
        optional = [*more, *meanwhile] if len(expected) < limit else []
        case.witness(f"{back} intervals ago, limit {limit}: {len(got)} candles")
        judge_set(case, grid, got, expected, optional)
        _right_market(case, grid, got, expected)


def _right_market(case: Case, grid: Grid, got: Sequence[Reading], expected: Sequence[int]) -> None:
    """Fail if the candles are those of another listed pair."""
    for reading in got[:1]:
        open_ms = next((o for o in expected if compare.same_time(reading.timestamp, o)), None)
        for pair in case.samples.pairs[1:]:
            candle = open_ms and case.candle(pair, grid, open_ms)
            if candle and not compare.wrong(compare.rows(reading, candle)):
                case.fail(f"the candles are those of {pair}, asked for was {case.pair}")


@check("REST-02")
async def newest(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid, now_ms = case.meaning(interval).grid, case.world.now_ms()
    current = grid.floor(now_ms)
    limit = 5
    got = await fetch(case, case.pair, interval, None, limit)
    case.witness(f"without start_time, limit {limit}: {len(got)} candles")
    after = grid.floor(case.world.now_ms())
    closed = [c.open_ms for c in case.newest(case.pair, grid, current, limit)]
    # the running candle counts toward an exchange's limit, so four closed ones may be all;
    # what closed while the adapter was at it moves the window on
    moved = len(grid.opens(current, after))
    must = closed[1 + moved :]
    may = closed[: 1 + moved]
    judge_set(case, grid, got, must, [*may, *grid.opens(current, case.world.now_ms() + 1)])


@check("REST-03")
async def right_slots(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid, now_ms = case.meaning(interval).grid, case.world.now_ms()
    start_ms = grid.back(grid.floor(now_ms), 60)
    for pair in case.samples.pairs[:4]:
        try:
            got = await fetch(case, pair, interval, start_ms, 40)
        except AdapterRaised as raised:
            case.fail(str(raised), got=raised.trail, consequence_of="REST-01")
        # all that there are, as which of them come is REST-01's matter
        current = grid.floor(now_ms)
        candles = case.candles(pair, grid, grid.back(start_ms, 1), current)
        closed = [r for r in got if not compare.same_time(r.timestamp, current)]
        pairs = [(r, candle) for r in closed if (candle := meant(r, candles)) is not None]
        if not pairs:
            case.fail(
                f"none of the candles of {pair} is one that was asked for",
                expected=spoken([candle.open_ms for candle in candles]),
                got=", ".join(str(reading.timestamp) for reading in got[:4]) or "none",
                consequence_of="REST-01",
            )
        for reading, candle in pairs:
            case.compare(f"REST candle of {pair}", reading, candle)
        case.witness(f"{pair}: {len(pairs)} candles")


@check("REST-04")
async def any_limit(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid, most = case.meaning(interval).grid, case.samples.rest_limit
    page = await largest_page(case, interval)
    for limit in dict.fromkeys((1, page, most, most + most // 2)):
        now_ms = case.world.now_ms()
        start_ms = grid.back(grid.floor(now_ms), limit + 5)
        own = f" The adapter takes {page}." if page < most else ""
        case.did(
            f"fetch_rest_candles was asked for {limit} candles; one answer has at most {most}.{own}"
        )
        try:
            rows = await case.subject.fetch(case.pair, interval, start_ms // 1000, limit)
        except AdapterRaised as raised:
            case.witness(f"limit {limit}: refused, {raised.error}")
            crashed = limit <= most and isinstance(raised.error, _CRASHES)
            if limit <= page or crashed:
                what = f"limit of {limit} raises {type(raised.error).__name__}: {raised.error}"
                case.fail(
                    f"a {what}",
                    expected=f"{limit} candles, the exchange gives up to {most}"
                    + ("; or an exception that refuses the limit" if crashed else ""),
                    got=raised.trail,
                )
            continue
        case.witness(f"limit {limit}: {len(rows)} candles")
        expected, more = wanted(case, grid, start_ms, grid.floor(now_ms), limit)
        if len(rows) < len(expected):
            case.fail(
                f"asked for {limit} candles, {len(rows)} come, and nothing is said",
                expected=f"{len(expected)} candles, or an exception that refuses the limit",
                got=f"{len(rows)} candles",
                likely=f"the exchange cuts one answer at {most}" if len(rows) == most else "",
            )
        optional = [*more, *grid.opens(grid.floor(now_ms), case.world.now_ms() + 1)]
        readings = case.readings("a REST candle", rows)
        judge_set(case, grid, readings, expected, optional if len(expected) < limit else [])


async def largest_page(case: Case, interval: str) -> int:
    """Return the largest limit that the adapter takes, up to the exchange's own.

    An adapter may have a smaller one than the exchange, if it refuses what is more. Returns 1
    if it takes none.
    """
    grid, most = case.meaning(interval).grid, case.samples.rest_limit
    subject = await case.world.subject()

    async def takes(limit: int) -> bool:
        start_ms = grid.back(grid.floor(case.world.now_ms()), limit + 5)
        try:
            await subject.fetch(case.pair, interval, start_ms // 1000, limit)
        except AdapterRaised:
            return False
        finally:
            await asyncio.sleep(PACE_S)
        return True

    if await takes(most):
        return most
    taken, refused = 1, most
    while refused - taken > 1:
        middle = (taken + refused) // 2
        taken, refused = (middle, refused) if await takes(middle) else (taken, middle)
    return taken


@check("REST-05")
async def failure_is_told(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid = case.meaning(interval).grid
    for name, answer in case.samples.rest_failures().items():
        subject = await case.world.subject()
        now_ms = case.world.now_ms()
        start_ms = grid.back(grid.floor(now_ms), 10)
        fault = HttpStatus.answering(answer, of="rest", times=3)
        case.world.mock.add_fault(fault)
        case.did(f"The exchange answered with {name}.")
        try:
            rows = await subject.fetch(case.pair, interval, start_ms // 1000, 5)
        except AdapterRaised:
            case.witness(f"{name}: raised")
            continue
        finally:
            case.world.mock.remove_fault(fault)
        case.witness(f"{name}: {len(rows)} candles")
        readings = case.readings(name, rows)
        if not readings:
            case.fail(
                f"{name} gives an empty list, as if there were no candles",
                expected="an exception, or the right candles after a retry",
                got="[]",
            )
        candles = case.candles(case.pair, grid, start_ms, grid.floor(now_ms))
        for reading in readings:
            candle = meant(reading, candles)
            if candle is None:
                case.fail(
                    f"{name} gives a candle that the exchange does not have",
                    expected="an exception, or the right candles after a retry",
                    got=repr(reading),
                )
            case.compare(f"after {name}", reading, candle)


@check("REST-06")
async def one_order(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid, now_ms = case.meaning(interval).grid, case.world.now_ms()
    current = grid.floor(now_ms)
    orders: dict[str, str] = {}
    for start_ms, limit in ((grid.back(current, 20), 10), (grid.back(current, 60), 40), (None, 10)):
        got = await fetch(case, case.pair, interval, start_ms, limit)
        times = [float(reading.timestamp) for reading in got]
        if len(times) < 2:
            continue
        asked = "the newest" if start_ms is None else f"{limit} from a start on"
        if times == sorted(times):
            orders[asked] = "ascending"
        elif times == sorted(times, reverse=True):
            orders[asked] = "descending"
        else:
            case.fail(
                "REST candles come in no order",
                expected="ascending, or descending, by open time",
                got=spoken([round(at * 1000) for at in times]),
            )
    if len(set(orders.values())) > 1:
        case.fail(
            "REST candles are ascending at times and descending at others",
            expected="one order, however one asks",
            got="; ".join(f"{asked}: {order}" for asked, order in orders.items()),
        )
    case.witness(f"{len(orders)} answers with several candles")
    if "descending" in orders.values():
        case.info("REST candles come newest first, always")


@check("REST-07")
async def sync_and_async(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid = case.meaning(interval).grid
    start_s = grid.back(grid.floor(case.world.now_ms()), 10) // 1000
    fetched = {
        name: case.readings(name, await case.subject.fetch(case.pair, interval, start_s, 5, name))
        for name in case.subject.fetches()
    }
    if not fetched:
        case.not_applicable("the adapter has no fetch (see LOAD-A1)")
    case.witness(f"{', '.join(fetched)}: {[len(rows) for rows in fetched.values()]} candles")
    first, *others = fetched.values()
    if any(other != first for other in others):
        case.fail(
            "the async and the sync fetch give different candles",
            expected=repr(first),
            got=repr(others[0]),
        )
    for name in fetched:
        if case.subject.is_async(name):  # a plain one is LIFE-07's
            case.must_not_block(name)


@check("REST-08")
async def odd_starts(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid = case.meaning(interval).grid
    current = grid.floor(case.world.now_ms())
    listed_ms = case.world.market.first_open(case.pair, grid)
    await _no_invention(case, interval, grid, grid.back(listed_ms, 20))
    await _no_invention(case, interval, grid, grid.ahead(current, 100))
    await _misaligned(case, interval, grid, grid.back(current, 20))
    await _idle_intervals(case, interval, grid, current)


async def _no_invention(case: Case, interval: str, grid: Grid, start_ms: int) -> None:
    """Fail if a start outside of history gives candles that are not there, or not asked for."""
    future = start_ms > case.world.now_ms()
    try:
        got = await fetch(case, case.pair, interval, start_ms, 5)
    except AdapterRaised as raised:
        case.witness(f"start in {'the future' if future else 'the past'}: {raised}")
        return
    case.did(f"{case.happened} That is {'in the future' if future else 'before the listing'}.")
    # a unit or a slot that is wrong is REST-03's matter
    first = case.world.market.first_open(case.pair, grid)
    candles = case.candles(case.pair, grid, first, grid.ahead(first, 40))
    odd = got if future else [each for each in got if meant(each, candles) is None]
    running = grid.floor(case.world.now_ms())
    odd = [each for each in odd if not names(each, running)]
    if odd:
        case.fail(
            f"{len(odd)} candles come for a start at which the exchange has none",
            expected="none, or an exception" + ("" if future else ", or the first there are"),
            got=", ".join(str(each.timestamp) for each in odd[:4]),
        )
    case.witness(f"start {'in the future' if future else 'before the listing'}: {len(got)} candles")


async def _misaligned(case: Case, interval: str, grid: Grid, open_ms: int) -> None:
    """Fail unless a start inside an interval gives the candles after it."""
    start_ms = open_ms + grid.length_ms // 3
    try:
        got = await fetch(case, case.pair, interval, start_ms, 5)
    except AdapterRaised as raised:
        case.fail(
            f"a start inside an interval raises {type(raised.error).__name__}: {raised.error}",
            expected="the candles from the next open time on, or from the one before",
            got=raised.trail,
        )
    # where idle intervals have no candle, five may reach further
    after = case.candles(case.pair, grid, open_ms + 1, grid.floor(case.world.now_ms()))
    opens = [candle.open_ms for candle in after]
    must = [at for at in opens if at < grid.ahead(open_ms, 5)]
    running = grid.floor(case.world.now_ms())
    judge_set(case, grid, got, must, [open_ms, *opens[len(must) :], running])
    case.witness(f"start inside an interval: {len(got)} candles")


async def _idle_intervals(case: Case, interval: str, grid: Grid, end_ms: int) -> None:
    """Fail if candles of a window with idle intervals are missing or made up."""
    pair = case.samples.quiet_pair
    for back in range(40, 2000, 40):
        start_ms = grid.back(end_ms, back)
        stop_ms = grid.ahead(start_ms, 40)
        ledger = case.world.market.candles(pair, grid, start_ms, stop_ms)
        if any(not candle.trades for candle in ledger):
            break
    else:
        case.witness(f"{pair} has no idle interval")
        return
    got = await fetch(case, pair, interval, start_ms, 40)
    case.did(f"{case.happened} In {sum(not c.trades for c in ledger)} of these nothing is traded.")
    expected = [candle.open_ms for candle in case.candles(pair, grid, start_ms, stop_ms)]
    later = case.candles(pair, grid, stop_ms, grid.floor(case.world.now_ms()))
    running = grid.floor(case.world.now_ms())
    judge_set(case, grid, got, expected, [*(candle.open_ms for candle in later), running])
    case.witness(f"{pair}: {len(expected)} candles in 40 intervals")
