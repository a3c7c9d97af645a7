"""Watching a feed for as long as it takes, and judging what it handed over."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from conformance import compare
from conformance.case import Case
from conformance.watched import Watched
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle

# virtual seconds; generous, as they cost nothing
SOON_S = 300.0
# intervals before its start of which a feed hands over no candle
_LONG_AGO = 5000


async def eventually(holds: Callable[[], bool], within_s: float) -> bool:
    """Wait until something holds; False after so many virtual seconds."""
    step = max(0.25, within_s / 2000)
    waited = 0.0
    while not holds():
        if waited >= within_s:
            return False
        await asyncio.sleep(step)
        waited += step
    return True


def story(feed: Watched, origin_ms: int, lines: int = 8) -> str:
    """Write the last notes of a feed for a reader."""
    notes = feed.notes[-lines:]
    return "\n".join(f"{(n.at_ms - origin_ms) / 1000:+10.3f}s {n.text}" for n in notes)


def upcoming(case: Case, pair: str, grid: Grid, count: int) -> Candle:
    """Return the candle that closes as the ``count``-th from now on: the ledger knows it."""
    opened = grid.floor(case.world.now_ms())
    while True:
        candle = case.candle(pair, grid, opened)
        count -= candle is not None
        if candle is not None and count == 0:
            return candle
        opened = grid.next(opened)


async def passed_on(case: Case, feed: Watched, grid: Grid, target: Candle) -> None:
    """Wait until the feed has passed a candle on, or had every chance to."""
    left_s = (target.end_ms - case.world.now_ms() + 3 * grid.length_ms) / 1000
    await eventually(
        lambda: bool(feed.candles) and feed.candles[-1].open_ms >= target.open_ms,
        left_s + (SOON_S if case.samples.flat else 6 * SOON_S),
    )


def oldest(grid: Grid, first_ms: int, times: Iterable[int]) -> int:
    """Return the first open among ``first_ms`` and some times, on the grid.

    Times of long before are of candles dated wrongly, and left aside.
    """
    earliest_ms = grid.back(grid.floor(first_ms), _LONG_AGO)
    return grid.floor(min([first_ms, *(each for each in times if each >= earliest_ms)]))


def judge_candles(case: Case, feed: Watched, pair: str, grid: Grid, target: Candle) -> None:
    """Fail unless the feed passed on every closed candle up to one, once, in order, exactly."""
    case.did(f"{case.happened}\n{story(feed, case.world.setting.epoch_ms)}")
    candles = case.candles(pair, grid, feed.first_ms, target.end_ms)
    times = Counter(item.open_ms for item in feed.candles)
    missing = [c for c in candles if c.open_ms not in times]
    expected = ", ".join(str(c.open_ms // 1000) for c in candles)
    got = ", ".join(str(item.open_ms // 1000) for item in feed.candles) or "none"
    # an exchange that leaves idle intervals out may still send one to bridge them
    first_ms = oldest(grid, feed.first_ms, times)
    ledger = case.world.market.candles(pair, grid, first_ms, case.world.now_ms())
    by_open = {candle.open_ms: candle for candle in ledger}
    _none_in_progress(case, feed, grid, by_open)
    if missing:
        case.fail(
            f"{len(missing)} of {len(candles)} closed candles never arrived",
            expected=expected,
            got=got,
        )
    before_ms = 0
    for item in feed.candles:
        opened = item.open_ms // 1000
        if item.open_ms not in by_open:
            case.fail(
                f"a candle of {opened} arrived, which the exchange does not have",
                expected=expected,
                got=got,
            )
        case.compare("a closed candle", item.reading, by_open[item.open_ms])
        if times[item.open_ms] > 1:
            case.fail(f"the candle of {opened} arrived twice", expected=expected, got=got)
        if item.open_ms < before_ms:
            case.fail(
                f"the candle of {opened} arrived after that of {before_ms // 1000}",
                expected=expected,
                got=got,
            )
        before_ms = item.open_ms
    case.witness(f"{len(feed.candles)} closed candles")


def _none_in_progress(case: Case, feed: Watched, grid: Grid, by_open: Mapping[int, Candle]) -> None:
    """Fail if a candle was handed over before its end, or with numbers from before it."""
    now_ms = case.world.now_ms()
    ahead_ms = case.world.mock.engine.exchange_time(now_ms) - now_ms
    for item in feed.candles:
        if grid.floor(item.open_ms) != item.open_ms:
            continue
        candle = by_open.get(item.open_ms)
        before = by_open.get(grid.previous(item.open_ms))
        if before is not None and not compare.differs(item.reading, before):
            continue  # it is over, and dated by its close
        early_s = (grid.next(item.open_ms) - item.at_ms - ahead_ms) / 1000
        if 0 < early_s <= grid.length_ms / 1000:
            what = f"that of {item.open_ms // 1000} arrived {early_s:.1f} s before its end"
        elif candle is not None and compare.unfinished(item.reading, candle):
            what = f"that of {item.open_ms // 1000} has numbers from before its end"
        else:
            continue
        case.fail(
            f"an in-progress candle is handed over as closed: {what}",
            expected="each candle after its end, with the numbers of its last update",
            rows=[] if candle is None else compare.rows(item.reading, candle),
        )
