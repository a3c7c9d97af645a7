"""Silence: kept by an exchange that has died, or by a market in which nobody trades."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from conformance.case import Case
from conformance.compare import same
from conformance.observe import SOON_S, eventually, story
from conformance.watched import Note, Watched
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.scenario.edits import Quieten

# virtual seconds in which what was under way when something began has arrived
SETTLED_S = 10.0
# how often to look whether something happened, virtual seconds
LOOK_EVERY_S = 5.0

# what says, in a status of plain text, that a stream is taken for dead
_ALARM = re.compile(r"\b(stall|no data|timed? ?out|dead|frozen)", re.IGNORECASE)


def patience_s(grid: Grid) -> float:
    """Return within how many seconds any feed should have noticed that its stream is dead."""
    return 900 + 4 * grid.length_ms / SECOND_MS


def quiet_s(grid: Grid) -> float:
    """Return for how many seconds a market may be quiet without any feed crying out."""
    return 300 + 2 * grid.length_ms / SECOND_MS


def wants_care(case: Case) -> bool:
    """Return whether the exchange wants something sent by the client of its own accord."""
    return bool(case.samples.ping_every_s or case.samples.opening())


def blamed(case: Case) -> str:
    """Return the check that says why a connection did not last, of those known by now."""
    if not case.world.journal.of("close", "drop"):
        return "STALL-01Q"
    return "HB-02" if wants_care(case) else "HB-01"


async def quieten(case: Case, pair: str, for_s: float) -> None:
    """Let nobody trade a pair for so many seconds from the next minute on; wait until then.

    The world must have a market of its own.
    """
    now_ms = case.world.now_ms()
    wait_s = (MINUTE_MS - now_ms % MINUTE_MS) / SECOND_MS
    case.world.mock.edit_market(Quieten(pair=pair, from_s=wait_s, for_s=for_s))
    await eventually(lambda: case.world.now_ms() >= now_ms + wait_s * SECOND_MS, wait_s + 1)


async def flowing(case: Case, feed: Watched, grid: Grid) -> None:
    """Start a feed and wait until candles flow on its first connection, or end the check."""
    engine = case.world.mock.engine
    await feed.start()
    within_s = SOON_S + 2 * grid.length_ms / SECOND_MS
    came = await eventually(lambda: len(feed.updates) >= 2, within_s)
    if came and not engine.accepted:
        case.not_applicable("the feed opens no connection: it asks REST only")
    if not came or not engine.connections:
        case.not_exercised("no candle came on the first connection")
    # beyond a snapshot, and past what the feed tells when it has begun
    await asyncio.sleep(SETTLED_S)


async def subscribed(case: Case, feed: Watched) -> None:
    """Start a feed and wait until it has subscribed to something, or end the check."""
    engine = case.world.mock.engine
    await feed.start()
    if not await eventually(lambda: bool(engine.hub.topics()), SOON_S):
        if not engine.accepted and feed.updates:
            case.not_applicable("the feed opens no connection: it asks REST only")
        case.not_exercised("the first connection subscribed to nothing")
    await eventually(lambda: False, SETTLED_S)


async def _now_and_then(said: Callable[[], str], within_s: float) -> bool:
    """Wait until something is said, looking seldom: whoever looks reads the whole journal."""
    for _ in range(int(within_s / LOOK_EVERY_S)):
        if said():
            return True
        await asyncio.sleep(LOOK_EVERY_S)
    return bool(said())


class Since:
    """What a feed does and tells after a moment, which is when this is made.

    ``pair`` is whose candles count, where the feed follows several.
    """

    def __init__(self, case: Case, feed: Watched, grid: Grid, pair: str = "") -> None:
        self._case = case
        self._feed = feed
        self._grid = grid
        self._pair = pair
        self.at_ms = case.world.now_ms()
        self.connection = case.world.mock.engine.accepted
        self._notes = len(feed.notes)
        self._candles = len(feed.candles)
        self._heard = len(case.world.journal.of("in"))

    @property
    def seconds(self) -> float:
        """How long ago the moment was."""
        return (self._case.world.now_ms() - self.at_ms) / SECOND_MS

    def told(self) -> Note | None:
        """Return the first thing that the caller was told."""
        return next(iter(self._feed.notes[self._notes :]), None)

    def noticed(self) -> str:
        """Return how the feed acts on a dead stream, or nothing if it does not."""
        accepted = self._case.world.mock.engine.accepted
        if accepted > self.connection:
            return f"connection {accepted}"
        if (note := self.told()) is not None:
            return f"the caller is told: {note.text}"
        if self._bridged():
            return "candles by REST"
        return "a new subscription" if self._asked_again() else ""

    def alarm(self) -> str:
        """Return what the feed did as if the stream were dead, or nothing.

        Ends the check if the exchange has ended the connection, which is no alarm.
        """
        ends = [e for e in self._case.world.journal.of("close", "drop") if e.at_ms >= self.at_ms]
        if ends:
            why = f"the exchange ended the connection: {ends[0].text}"
            self._case.not_exercised(why, consequence_of=blamed(self._case))
        accepted = self._case.world.mock.engine.accepted
        if accepted > self.connection:
            return f"the feed connects anew (connection {accepted})"
        for note in self._feed.notes[self._notes :]:
            if note.error or _ALARM.search(note.text):
                return f"the feed tells {note.text!r}"
        return ""

    async def must_be_noticed(self, what: str, likely: str) -> None:
        """Fail unless the feed notices within its time."""
        within_s = patience_s(self._grid)
        if not await _now_and_then(self.noticed, within_s):
            self._case.fail(
                f"{what} {within_s / 60:.0f} min ago, and the feed has not noticed",
                expected="a new connection or subscription, the candles by REST, "
                "or word to the caller",
                got=story(self._feed, self._case.world.setting.epoch_ms) or "the feed told nothing",
                likely=likely,
            )
        self._case.witness(f"after {self.seconds:.0f} s: {self.noticed()}")

    async def must_be_calm(self, for_s: float, silence: str) -> None:
        """Fail if the feed raises an alarm within so many seconds."""
        if await _now_and_then(self.alarm, for_s):
            self._case.fail(
                f"after {self.seconds:.0f} s, {self.alarm()}",
                expected=f"one connection, and no alarm: {silence}",
                got=story(self._feed, self._case.world.setting.epoch_ms) or "the feed told nothing",
                likely="a time limit on candles that does not allow for this; "
                "pings, other streams or REST tell a dead stream from a quiet one",
            )
        self._case.witness(f"no alarm for {self.seconds:.0f} s: {silence}")

    def _bridged(self) -> bool:
        """Return whether a candle that began since then was handed over, and rightly."""
        for item in self._feed.candles[self._candles :]:
            if item.open_ms >= self.at_ms and self._pair in ("", item.pair):
                true = self._case.candle(self._pair or self._case.pair, self._grid, item.open_ms)
                return true is not None and same(item.reading.volume, true.decimal("volume"))
        return False

    def _asked_again(self) -> bool:
        """Return whether the client repeats a request of the connection's beginning."""
        sent = [
            (e.at_ms, re.sub(r"\d{2,}|\"id\":[^,}]*", "", e.text))
            for e in self._case.world.journal.of("in")
        ]
        if len(sent) <= self._heard or len(sent[0][1]) < len("subscribe"):
            return False
        return sent[0][1] in (text for _, text in sent[self._heard :])
