"""Watching a feed for as long as it takes, and judging what it handed over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from conformance.case import Case
from conformance.watched import Watched
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle

# virtual seconds; generous, as they cost nothing
SOON_S = 300.0


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


def judge_candles(case: Case, feed: Watched, pair: str, grid: Grid, target: Candle) -> None:
    """Fail unless the feed passed on every closed candle up to one, once, in order, exactly."""
    case.did(f"{case.happened}\n{story(feed, case.world.setting.epoch_ms)}")
    candles = case.candles(pair, grid, feed.first_ms, target.end_ms)
    times = [item.open_ms for item in feed.candles]
    missing = [c for c in candles if c.open_ms not in times]
    expected = ", ".join(str(c.open_ms // 1000) for c in candles)
    got = ", ".join(str(open_ms // 1000) for open_ms in times) or "none"
    if missing:
        case.fail(
            f"{len(missing)} of {len(candles)} closed candles never arrived",
            expected=expected,
            got=got,
        )
    # an exchange that leaves idle intervals out may still send one to bridge them
    first_ms = min([feed.first_ms, *times])
    ledger = case.world.market.candles(pair, grid, grid.floor(first_ms), case.world.now_ms())
    by_open = {candle.open_ms: candle for candle in ledger}
    for item in feed.candles:
        if item.open_ms not in by_open:
            case.fail(
                f"a candle of {item.open_ms // 1000} arrived, which the exchange does not have",
                expected=expected,
                got=got,
            )
        case.compare("a closed candle", item.reading, by_open[item.open_ms])
    case.witness(f"{len(times)} closed candles")
