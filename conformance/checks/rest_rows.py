"""Which candles did a REST answer give, and are they those that were asked for?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from conformance import compare
from conformance.case import Case
from conformance.contract import COLUMNS, Reading
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle


def meant(reading: Reading, candles: Sequence[Candle]) -> Candle | None:
    """Return the candle that a reading stands for, whatever its time's unit, if there is one.

    A wrong unit, or the close time, is a matter of REST-03, not of which candles came.
    What is dated otherwise counts only where other columns agree.
    """
    for candle in candles:
        if compare.same_time(reading.timestamp, candle.open_ms):
            return candle
    for candle in candles:
        if compare.unit_of(reading.timestamp, candle.open_ms):
            return candle
    for candle in candles:
        if _closes(reading, candle.end_ms) and _wrong(reading, candle) <= 1:
            return candle
    return None


def _wrong(reading: Reading, candle: Candle) -> int:
    compared = [row for row in compare.rows(reading, candle) if row.column in COLUMNS]
    return len(compare.wrong(compared))


def names(reading: Reading, open_ms: int) -> bool:
    """Return whether a timestamp is this time, in seconds or a smaller unit."""
    return compare.same_time(reading.timestamp, open_ms) or bool(
        compare.unit_of(reading.timestamp, open_ms)
    )


def _closes(reading: Reading, end_ms: int) -> bool:
    """Return whether a timestamp is a close time: the end, or just before it."""
    return (
        names(reading, end_ms)
        or names(reading, end_ms - 1)
        or float(reading.timestamp) == (end_ms - 1) // 1000
    )


def wanted(
    case: Case, grid: Grid, start_ms: int, end_ms: int, limit: int
) -> tuple[list[int], list[int]]:
    """Return the open times that (start, limit) asks for, and those it may also mean.

    Where idle intervals have no candle, ``limit`` may count intervals or candles.
    """
    found = [c.open_ms for c in case.candles(case.pair, grid, start_ms, end_ms)][:limit]
    must = [open_ms for open_ms in found if open_ms < grid.ahead(start_ms, limit)]
    return must, found[len(must) :]


def spoken(opens: Sequence[int]) -> str:
    """Write open times for a reader."""
    if not opens:
        return "none"
    dates = [compare.when(open_ms / 1000) for open_ms in opens]
    if len(dates) <= 4:
        return f"{len(dates)}: {', '.join(dates)}"
    return f"{len(dates)}: {dates[0]}, {dates[1]}, … {dates[-1]}"


def judge_set(
    case: Case, grid: Grid, got: Sequence[Reading], expected: Sequence[int], optional: Sequence[int]
) -> None:
    """Fail unless the readings are the expected candles, each once, and at most the optional."""
    times = [round(float(reading.timestamp) * 1000) for reading in got]
    allowed = {*expected, *optional}
    odd = [reading for reading, at in zip(got, times, strict=True) if at not in allowed]
    dated = got and len(odd) == len(got) and all(_other_unit(r, allowed, grid) for r in odd)
    if dated and len(expected) <= len(got) <= len(allowed):
        return  # the right candles, dated otherwise: REST-03 is about that
    came = Counter(times)
    missing = [open_ms for open_ms in expected if open_ms not in came]
    extra = [t for t in times if t not in allowed]
    twice = [t for t, count in came.items() if count > 1]
    if not (missing or extra or twice):
        return
    said = []
    if missing:
        said.append(f"{len(missing)} missing")
    if extra:
        said.append(f"{len(extra)} that were not asked for")
    if twice:
        said.append(f"{len(twice)} more than once")
    case.fail(
        f"REST gives other candles than asked for: {', '.join(said)}",
        expected=spoken(list(expected)),
        got=spoken(times),
    )


def _other_unit(reading: Reading, opens: Iterable[int], grid: Grid) -> bool:
    """Return whether a timestamp is an open time in another unit, or a close time."""
    return any(
        compare.unit_of(reading.timestamp, open_ms) or _closes(reading, grid.next(open_ms))
        for open_ms in opens
    )
