"""Scenarios for the driver around an adapter, and what is held of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from conformance import compare
from conformance.driver.feed import AdapterFeed
from conformance.world import World
from mock_exchanges.core.calendar import every
from mock_exchanges.faults import MuteData

Scenario = Callable[[World, AdapterFeed], Awaitable[None]]


def minutes(count: float) -> Scenario:
    async def wait(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(60 * count)

    return wait


async def silence(world: World, seconds: float) -> None:
    """Let no candle message through for so many seconds."""
    mute = MuteData()
    world.mock.add_fault(mute)
    await asyncio.sleep(seconds)
    world.mock.remove_fault(mute)


def whole(world: World, feed: AdapterFeed, pair: str | None = None) -> None:
    """Hold that each closed candle was passed on once, in order, as the ledger has it."""
    grid = every(60_000)
    last = grid.floor(world.now_ms())
    pair = pair or world.samples.pairs[0]
    expected = world.market.candles(pair, grid, feed.first_ms, last)
    expected = [c for c in expected if c.open_ms <= feed.candles[-1].open_ms]
    assert len(expected) >= (last - feed.first_ms) // 60_000 - 1
    assert [c.open_ms for c in feed.candles] == [c.open_ms for c in expected]
    for emitted, candle in zip(feed.candles, expected, strict=True):
        assert compare.wrong(compare.rows(emitted.reading, candle)) == []


def notes(feed: AdapterFeed, *parts: str) -> list[str]:
    return [note.text for note in feed.notes if any(part in note.text for part in parts)]
