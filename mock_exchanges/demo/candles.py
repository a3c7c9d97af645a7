"""A candle channel: when candles are published, as a pure function of market and time.

At each whole second before which there was a trade the running candle is sent. A candle's
last message, whole, comes 20 ms after its end, traded or not; the next one's first message
comes a second after its beginning, traded or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_exchanges.core.cadence import first_after, sampled
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.demo import wire
from mock_exchanges.demo.profile import Profile


class CandleStream:
    """One channel (see core.hub.CandleStream)."""

    def __init__(
        self, market: Market, pair: str, interval: str, grid: Grid, profile: Profile
    ) -> None:
        self._market = market
        self._pair = pair
        self._interval = interval
        self._grid = grid
        self._late = profile.close_late_ms
        self._every = profile.update_every_ms
        self._minute = -1
        self._times: tuple[int, ...] = ()

    def next_after(self, at_ms: int) -> int:
        """Return the time of the next message, or of a wake-up if none is near."""
        listed = self._market.first_open(self._pair, self._grid)
        return first_after(self.minute_times, max(at_ms, listed - 1))

    def publish(self, at_ms: int) -> str | None:
        """Return the message of that time; None in a halt, and at a wake-up."""
        candle = self.reading(at_ms)
        return candle and self.written((candle,), at_ms)

    def written(self, candles: Sequence[Candle], at_ms: int) -> str:
        """Return the message of these candles: an update of one, a snapshot of several."""
        if len(candles) == 1:
            return wire.update(candles[0], self._pair, self._interval, at_ms)
        return wire.snapshot(candles, self._pair, self._interval, at_ms)

    def reading(self, at_ms: int) -> Candle | None:
        """Return the candle that is published at a time, if one is."""
        if at_ms not in self.minute_times(at_ms - at_ms % 60_000):
            return None
        opened = self._grid.floor(at_ms)
        if at_ms == opened + self._late:
            return self._market.candle(self._pair, self._grid, self._grid.previous(opened))
        return self._market.at(self._pair, self._grid, at_ms)

    def minute_times(self, minute_ms: int) -> tuple[int, ...]:
        """Return the times of all messages of one minute, ascending."""
        if minute_ms != self._minute:
            ticks = set(sampled(self._market, self._pair, minute_ms, self._every))
            if self._grid.floor(minute_ms) == minute_ms:
                # what was traded last belongs to the candle before
                ticks.discard(minute_ms)
                ticks |= {minute_ms + self._late, minute_ms + self._every}
            self._minute, self._times = minute_ms, tuple(sorted(ticks))
        return self._times
