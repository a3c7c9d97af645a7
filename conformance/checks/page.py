"""Does history come whole, page by page?"""

from __future__ import annotations

import asyncio
import math

from conformance.case import Case
from conformance.checks.absence import candle_requests, exact, long_absence, told_lines
from conformance.checks.rest import PACE_S, fetch, largest_page
from conformance.checks.rest_rows import judge_set, spoken, wanted
from conformance.contract import Reading
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.verdict import Outcome
from mock_exchanges.core.calendar import Grid
from mock_exchanges.faults.connect.http_status import HttpStatus

# requests that are borne for a range that needs one
_BORNE = 10


@check("PAGE-01")
async def whole_ranges(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid = case.meaning(interval).grid
    most = await largest_page(case, interval)
    for count in (0, 1, most - 1, most, most + 1, round(3.5 * most)):
        end_ms = grid.floor(case.world.now_ms())
        start_ms = grid.back(end_ms, count)
        try:
            got = await _by_pages(case, interval, grid, start_ms, end_ms, most)
        except AdapterRaised as raised:
            case.fail(str(raised), got=raised.trail, consequence_of="REST-04")
        case.did(
            f"{count} candles up to now were fetched as a host does it, at most {most} at a time."
        )
        expected = [candle.open_ms for candle in case.candles(case.pair, grid, start_ms, end_ms)]
        judge_set(case, grid, got, expected, [*grid.opens(end_ms, case.world.now_ms() + 1)])
        case.witness(f"{count} intervals: {len(got)} candles")


async def _by_pages(
    case: Case, interval: str, grid: Grid, start_ms: int, end_ms: int, most: int
) -> list[Reading]:
    """Fetch a range as a host does: from the last candle on, until the end is reached."""
    subject = await case.world.subject()
    got: list[Reading] = []
    asked_ms = start_ms
    while asked_ms < end_ms or asked_ms == start_ms:
        count = min(most, max(1, math.ceil((end_ms - asked_ms) / grid.length_ms)))
        rows = await subject.fetch(case.pair, interval, asked_ms // 1000, count)
        page = case.readings("a REST candle", rows)
        got += page
        newest_ms = max((round(float(each.timestamp) * 1000) for each in page), default=0)
        asked_ms = max(grid.ahead(asked_ms, count), newest_ms + 1 if newest_ms < end_ms else end_ms)
        asked_ms = grid.ceil(asked_ms)
        await asyncio.sleep(PACE_S)
    return got


@check("PAGE-02")
async def seams(case: Case) -> None:
    absence = await long_absence(case, 1.2)
    found = absence.series(case)
    if found.twice:
        case.fail(
            f"{len(found.twice)} candles came twice where one page of history meets the next",
            expected=spoken(found.expected),
            got=spoken(found.came),
            likely="the next page begins with the last candle of the one before",
        )
    if found.missing and len(found.missing) <= absence.asked:
        case.fail(
            f"{len(found.missing)} candles are missing where one page of history meets the next",
            expected=spoken(found.expected),
            got=f"all but {spoken(found.missing)}",
            likely="a bound is exclusive that was taken for inclusive",
        )
    exact(case, absence.pair, absence.grid, absence.feed.candles)
    case.witness(f"{absence.asked} requests, {len(found.came)} candles")


@check("PAGE-03")
async def ascending(case: Case) -> None:
    absence = await long_absence(case, 20 / case.samples.rest_limit)
    found = absence.series(case)
    if found.backwards:
        case.fail(
            f"{len(found.backwards)} candles of the backfill came after later ones",
            expected=spoken(found.expected),
            got=spoken(found.came),
            likely="the exchange's newest-first answer is handed over as it comes",
        )
    case.witness(f"{len(found.came)} candles, ascending")


@check("PAGE-04")
async def empty_pages(case: Case) -> None:
    if case.judges_feed:
        await _empty_page_in_a_backfill(case)
        return
    interval = await case.usual_rest_interval()
    grid, most, pair = case.meaning(interval).grid, case.samples.rest_limit, case.pair
    await case.world.own_market()
    now_ms = grid.floor(case.world.now_ms())
    halted = grid.back(now_ms, 60 + most + most // 2), grid.back(now_ms, 60)
    case.world.market.halt(*halted, pair)
    # a page that is thin, one that has nothing, and more than one page with such in the middle
    for before, limit in ((10, 20), (-10, 20), (20, most + most // 2 + 50)):
        start_ms = grid.back(halted[0], before)
        expected = [candle.open_ms for candle in case.candles(pair, grid, start_ms, now_ms)]
        inside = [open_ms for open_ms in expected if open_ms < grid.ahead(start_ms, limit)]
        guard = case.world.mock.add_fault(HttpStatus(of="rest", body="enough", after=_BORNE * 4))
        journal = case.world.journal.total
        try:
            got = await fetch(case, pair, interval, start_ms, limit)
        except AdapterRaised as raised:
            asked = len(candle_requests(case, journal))
            _bounded(case, asked, _BORNE * 4)
            if limit > most:
                case.witness(f"limit {limit}: refused, {raised.error}")
                continue
            case.fail(
                f"a page with {len(inside)} candles raises {type(raised.error).__name__}: "
                f"{raised.error}",
                expected=spoken(inside),
                got=raised.trail,
                likely="rows[0] or rows[-1] of an answer without rows",
            )
        finally:
            case.world.mock.remove_fault(guard)
        case.did(
            f"{case.happened} Nothing was traded for {(halted[1] - halted[0]) // grid.length_ms} "
            f"intervals, {max(0, before)} intervals after the start."
        )
        after = [open_ms for open_ms in expected if open_ms not in inside]
        optional = [*after, *grid.opens(now_ms, case.world.now_ms() + 1)]
        judge_set(case, grid, got, inside, optional)
        came = {round(float(reading.timestamp) * 1000) for reading in got}
        later = [open_ms for open_ms in after if open_ms in came]
        if later != after[: len(later)]:
            case.fail(
                "after a stretch without candles the next ones are left out",
                expected=spoken(after),
                got=spoken(later),
            )
        case.witness(f"start {before} intervals before a hole, limit {limit}: {len(got)} candles")
        await asyncio.sleep(PACE_S)


async def _empty_page_in_a_backfill(case: Case) -> None:
    """Judge a feed whose backfill meets a page without candles."""
    absence = await long_absence(case, 1.9, halt=(0.1, 1.8))
    found = absence.series(case)
    if absence.asked > _BORNE * 4:
        _bounded(case, absence.asked, _BORNE * 4)
    if found.missing and not absence.told:
        case.fail(
            f"the backfill ends at a stretch without candles: {len(found.missing)} are missing, "
            "and nothing was told",
            expected=spoken(found.expected),
            got=spoken(found.came),
            likely="an answer without candles is taken for the end of history",
        )
    case.witness(f"{absence.asked} requests, {len(found.came)} candles around the hole")


@check("PAGE-05")
async def splits(case: Case) -> None:
    absence = await long_absence(case, 1.2)
    found = absence.series(case)
    if found.missing and not absence.told:
        case.fail(
            f"{len(found.missing)} of {len(found.expected)} candles are missing, and nothing was "
            "told",
            expected=f"{spoken(found.expected)}; or a word about what is missing",
            got=spoken(found.came),
            likely=f"the exchange cuts one answer at {case.samples.rest_limit} candles, or "
            "refuses a longer range",
        )
    said = told_lines(absence.told, case.world.setting.epoch_ms, 1) if found.missing else "all came"
    case.witness(f"{absence.asked} requests: {said}")


@check("PAGE-06")
async def few_requests(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid = case.meaning(interval).grid
    now_ms = grid.floor(case.world.now_ms())
    listed_ms = case.world.market.first_open(case.pair, grid)
    for what, start_ms, limit in (
        ("long before the listing", grid.back(listed_ms, 3_000_000), 5),
        ("just before the listing", grid.back(listed_ms, 20), 5),
        ("in the future", grid.ahead(now_ms, 100), 5),
        ("with a limit of 0", grid.back(now_ms, 20), 0),
        ("with its end before its start", grid.back(now_ms, 20), -5),
    ):
        guard = case.world.mock.add_fault(HttpStatus(of="rest", body="enough", after=_BORNE + 1))
        journal = case.world.journal.total
        try:
            rows = await fetch(case, case.pair, interval, start_ms, limit)
            said = f"{len(rows)} candles"
        except (AdapterRaised, Outcome) as raised:
            said = str(raised)
        finally:
            case.world.mock.remove_fault(guard)
        case.did(f"{case.happened} That is {what}.")
        asked = len(candle_requests(case, journal))
        _bounded(case, asked, _BORNE)
        case.witness(f"{what}: {asked} requests, {said}")
        await asyncio.sleep(PACE_S)


def _bounded(case: Case, asked: int, borne: int) -> None:
    """Fail if there were more requests than are borne."""
    if asked > borne:
        case.fail(
            f"more than {borne} requests for one range, and no end",
            expected=f"at most {borne}, whatever the exchange has of it",
            got=f"{asked} requests until the exchange answered no more",
            likely="paging goes on until candles come: bound the pages by the range",
        )


@check("PAGE-07")
async def left_out(case: Case) -> None:
    interval = await case.usual_rest_interval()
    grid = case.meaning(interval).grid
    now_ms = grid.floor(case.world.now_ms())
    for start_ms in (grid.back(now_ms, 30), None):
        what = "neither start nor limit" if start_ms is None else "a start only"
        try:
            got = await fetch(case, case.pair, interval, start_ms, None)
        except AdapterRaised as raised:
            if isinstance(raised.error, TypeError) and not raised.trail:
                continue  # it insists on an argument
            case.fail(
                f"{what}: {raised}",
                expected="candles, as many as the adapter finds right",
                got=raised.trail,
            )
        running = [*grid.opens(now_ms, case.world.now_ms() + 1)]
        if start_ms is None:
            closed = [c.open_ms for c in case.newest(case.pair, grid, now_ms, len(got) or 1)]
            must = closed[len(running) :] if len(closed) > len(running) else closed[-1:]
            judge_set(case, grid, got, must, [*closed, *running])
        else:
            must, more = wanted(case, grid, start_ms, now_ms, max(1, min(30, len(got))))
            judge_set(case, grid, got, must, [*more, *running])
        case.witness(f"{what}: {len(got)} candles")
    if not case.witnessed:
        case.not_applicable("the adapter's fetch insists on start_time and limit")
