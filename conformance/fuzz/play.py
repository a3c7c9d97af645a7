"""One session with a script of faults, judged like a check."""

from __future__ import annotations

import asyncio
import re

from conformance.card import Card
from conformance.case import Case
from conformance.fuzz.scripts import TROUBLE_S
from conformance.observe import passed_on, story, upcoming
from conformance.registry import Check
from conformance.runner import Suite
from conformance.verdict import Result, Severity
from conformance.watched import Watched
from mock_exchanges.core.calendar import SECOND_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.scenario.model import Scenario

# candles that close after the trouble and must have arrived
_AFTER = 2
# what says, in a status of plain text, that candles were lost
_TOLD = re.compile(r"\b(hole|gap|missing|missed|lost|incomplete)", re.IGNORECASE)

CARD = Card(
    id="FUZZ",
    title="No closed candle is lost, doubled or wrong in a random session",
    severity=Severity.MUST,
    rule="Faults that a host can see through cost no candle: each arrives once, in order and "
    "right, in the end, or the caller is told which is missing.",
    accepts=("every closed candle, once, in order", "an error that tells of the loss"),
    sources=("docs/trouble.md",),
    defect="",
    judges=("adapter", "feed"),
)


def judge(suite: Suite, scenario: Scenario) -> Result:
    """Hold one session with a scenario; return its result."""

    async def session(case: Case) -> None:
        await _session(case, scenario)

    return suite.run(Check(CARD, session))


async def _session(case: Case, scenario: Scenario) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    mock = case.world.mock
    feed = case.watch(case.pair, interval)
    mock.play(scenario)
    began_ms = case.world.now_ms()
    await feed.start()
    try:
        # longer where intervals are, so that candles close in the trouble
        await asyncio.sleep(max(TROUBLE_S, 2 * grid.length_ms / SECOND_MS))
        mock.end_scenario()
        target = upcoming(case, case.pair, grid, _AFTER)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    faults = "; ".join(fault.told() for fault in scenario.faults)
    case.did(
        f"{faults or 'Nothing went wrong at the exchange.'}\n"
        f"{story(feed, case.world.setting.epoch_ms)}"
    )
    _judge(case, feed, grid, target, began_ms)


def _judge(case: Case, feed: Watched, grid: Grid, target: Candle, began_ms: int) -> None:
    """Fail unless every closed candle up to one came, once, in order, right."""
    times = [item.open_ms for item in feed.candles]
    first_ms = grid.floor(min([feed.first_ms, *times]))
    ledger = case.world.market.candles(case.pair, grid, first_ms, case.world.now_ms())
    by_open = {candle.open_ms: candle for candle in ledger}
    expected = case.candles(case.pair, grid, feed.first_ms, target.end_ms)
    listed = ", ".join(str(candle.open_ms // SECOND_MS) for candle in expected)
    got = ", ".join(str(open_ms // SECOND_MS) for open_ms in times) or "none"
    before_ms = -1
    for item in feed.candles:
        opened, candle = item.open_ms // SECOND_MS, by_open.get(item.open_ms)
        if candle is None or item.at_ms < candle.end_ms:
            case.fail(
                f"a candle of {opened} arrived, which had not closed", expected=listed, got=got
            )
        case.compare(f"the closed candle of {opened}", item.reading, candle)
        if item.open_ms <= before_ms:
            what = "twice" if times.count(item.open_ms) > 1 else "out of order"
            case.fail(f"the candle of {opened} arrived {what}", expected=listed, got=got)
        before_ms = item.open_ms
    missing = [candle for candle in expected if candle.open_ms not in times]
    if missing and not _told(feed, missing, began_ms):
        case.fail(
            f"{len(missing)} of {len(expected)} closed candles never arrived, and nobody was told",
            expected=listed,
            got=got,
        )
    case.witness(f"{len(times)} closed candles, {len(missing)} told to be missing")


def _told(feed: Watched, missing: list[Candle], began_ms: int) -> bool:
    """Return whether the caller was told of the loss."""
    return any(
        note.error or (note.at_ms >= missing[0].open_ms and _TOLD.search(note.text))
        for note in feed.notes
        if note.at_ms >= began_ms
    )
