"""The candles channel: the snapshot of a subscription, and the updates after it.

Every second in which something was traded gives one update, a few milliseconds into the
next second, with the state at the second's end: so the last one of a bucket is its final
state. The snapshot has holes, as on the exchange: what it leaves out is to be had by REST.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from mock_exchanges.coinbase import wire
from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.cadence import first_after, sampled
from mock_exchanges.core.calendar import MINUTE_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market

CHANNEL = "candles"
_TOPIC = "candles:"
_PERCENT = 100


def topic(pair: str) -> str:
    """Return the hub's topic of a pair's candles."""
    return f"{_TOPIC}{pair}"


def pair_of(topic: str) -> str | None:
    """Return the pair of a topic, or None if it is not one of candles."""
    return topic.removeprefix(_TOPIC) if topic.startswith(_TOPIC) else None


class CandleStream:
    """One product's updates (see core.hub.CandleStream), without the connection's number."""

    def __init__(self, market: Market, pair: str, profile: Profile) -> None:
        self._market = market
        self._pair = pair
        self._profile = profile
        self._grid = profile.intervals[profile.streamed]
        self._minute = -1
        self._times: tuple[int, ...] = ()

    def next_after(self, at_ms: int) -> int:
        """Return the time of the next update, or of a wake-up if none is near."""
        listed = self._market.first_open(self._pair, self._grid)
        return first_after(self._minute_times, max(at_ms, listed - 1))

    def publish(self, at_ms: int) -> str | None:
        """Return the update of that time; None at a wake-up."""
        candle = self.reading(at_ms)
        return candle and self.written((candle,), at_ms)

    def reading(self, at_ms: int) -> Candle | None:
        """Return the candle that is published at a time, if one is."""
        if at_ms not in self._minute_times(at_ms - at_ms % MINUTE_MS):
            return None
        every = self._profile.update_every_ms
        return self._market.at(self._pair, self._grid, at_ms - at_ms % every - 1)

    def written(self, candles: Sequence[Candle], at_ms: int) -> str:
        """Return an update of these candles."""
        return updated(candles, self._pair, at_ms, self._profile)

    def _minute_times(self, minute_ms: int) -> tuple[int, ...]:
        """Return the times of a minute's updates, ascending."""
        if minute_ms != self._minute:
            ticks = sampled(self._market, self._pair, minute_ms, self._profile.update_every_ms)
            self._minute = minute_ms
            self._times = tuple(tick + late(self._pair, tick, self._profile) for tick in ticks)
        return self._times


def update(candle: Candle, pair: str, at_ms: int, profile: Profile) -> str:
    """Return an update sent at ``at_ms``."""
    return updated((candle,), pair, at_ms, profile)


def updated(candles: Sequence[Candle], pair: str, at_ms: int, profile: Profile) -> str:
    """Return an update of several candles, sent at ``at_ms``."""
    event = wire.candles_event("update", pair, candles, profile)
    return wire.envelope(CHANNEL, event, at_ms, profile)


def ticks(market: Market, pair: str, start_ms: int, end_ms: int, profile: Profile) -> list[int]:
    """Return the ticks in ``(start_ms, end_ms]`` at which there is an update."""
    first = start_ms - start_ms % MINUTE_MS
    return [
        tick
        for minute in range(first, end_ms + 1, MINUTE_MS)
        for tick in sampled(market, pair, minute, profile.update_every_ms)
        if start_ms < tick <= end_ms
    ]


def late(pair: str, tick_ms: int, profile: Profile) -> int:
    """Return how long after a tick its update is sent, in milliseconds."""
    low, high = profile.update_late_ms
    return low + zlib.crc32(f"{pair}{tick_ms}".encode()) % (high - low + 1)


def snapshot_candles(market: Market, pair: str, profile: Profile, now_ms: int) -> list[Candle]:
    """Return the candles of a snapshot, newest first, the running one among them."""
    grid = profile.intervals[profile.streamed]
    opened = grid.floor(now_ms)
    candles = []
    running = market.at(pair, grid, now_ms)
    if running is not None and running.trades:
        candles.append(running)
    # as many buckets as hold the candles in spite of the gaps, and half as many again
    span = profile.snapshot_candles * _PERCENT // (_PERCENT - profile.snapshot_gaps_percent)
    for candle in reversed(market.candles(pair, grid, grid.back(opened, span * 3 // 2), opened)):
        if candle.trades and _kept(pair, candle.open_ms, profile):
            candles.append(candle)
    return candles[: profile.snapshot_candles]


def snapshot(market: Market, pair: str, profile: Profile, now_ms: int) -> str:
    """Return the snapshot message of a subscription at ``now_ms``."""
    found = snapshot_candles(market, pair, profile, now_ms)
    event = wire.candles_event("snapshot", pair, found, profile)
    return wire.envelope(CHANNEL, event, now_ms, profile)


def last_traded(market: Market, pair: str, grid: Grid, before_ms: int) -> Candle | None:
    """Return the newest whole candle with trades before a time, within a day's reach."""
    opened = grid.floor(before_ms)
    candles = reversed(market.candles(pair, grid, grid.back(opened, 288), opened))
    return next((candle for candle in candles if candle.trades), None)


def _kept(pair: str, open_ms: int, profile: Profile) -> bool:
    return zlib.crc32(f"{pair}/{open_ms}".encode()) % _PERCENT >= profile.snapshot_gaps_percent
