"""What the checks of reconnecting share: a feed that runs, and waiting until it is back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conformance.case import Case
from conformance.observe import SOON_S, eventually
from conformance.watched import Note, Watched
from mock_exchanges.core.journal import Entry


def patience_s(case: Case, interval: str) -> float:
    """Return how many virtual seconds a feed has to show a sign of life.

    A feed that tells of closed candles alone shows one per interval.
    """
    return max(SOON_S, 3 * case.meaning(interval).grid.length_ms / 1000)


@asynccontextmanager
async def running(case: Case) -> AsyncIterator[Watched]:
    """Yield a feed to which candles come; end as not exercised if none do."""
    interval = await case.live_interval()
    feed = case.watch(case.pair, interval)
    await feed.start()
    try:
        if not await comes_back(case, feed, 0):
            case.not_exercised("no candle came on the first connection")
        yield feed
    finally:
        await feed.stop()


async def comes_back(case: Case, feed: Watched, number: int, within_s: float | None = None) -> bool:
    """Wait for candles on a connection after ``number``; return whether they came.

    ``within_s`` is virtual seconds, for the connection and again for the candles.
    """
    engine = case.world.mock.engine
    patient_s = patience_s(case, await case.live_interval())
    if not await eventually(
        lambda: engine.accepted > number and bool(engine.connections), within_s or patient_s
    ):
        return False
    seen = len(feed.updates)
    return await eventually(
        lambda: engine.accepted > number and len(feed.updates) > seen, patient_s
    )


def attempts(case: Case, since_ms: int) -> list[int]:
    """Return when WebSocket handshakes were tried since a time, whatever came of them."""
    return [entry.at_ms for entry in _handshakes(case) if entry.at_ms >= since_ms]


def _handshakes(case: Case) -> list[Entry]:
    entries = case.world.journal.of("connect", "refuse")
    return [entry for entry in entries if entry.text.startswith("/")]


def told_since(feed: Watched, since_ms: int) -> list[Note]:
    """Return what a feed told its caller since a time (epoch milliseconds)."""
    return [note for note in feed.notes if note.at_ms >= since_ms]
