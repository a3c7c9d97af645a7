"""A candle channel: when candles are pushed, as a pure function of market and time.

What a recording of 2023 shows: nothing without a trade; each candle ends with exactly one
complete row some time after its end, and the next candle's first row right behind it.
Updates are documented to come at most once a second.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from mock_exchanges.core.cadence import first_after
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.okx import wire
from mock_exchanges.okx.profile import Profile


class CandleStream:
    """One channel of one pair (see core.hub.CandleStream)."""

    def __init__(
        self, market: Market, channel: str, pair: str, grid: Grid, profile: Profile
    ) -> None:
        self._market = market
        self._channel = channel
        self._pair = pair
        self._grid = grid
        self._profile = profile
        low, high = profile.roll_over_ms
        self._late_ms = low + zlib.crc32(f"{channel}:{pair}".encode()) % (high - low + 1)
        self._minute = -1
        self._times: tuple[int, ...] = ()

    def next_after(self, at_ms: int) -> int:
        """Return the time of the next push, or of a wake-up if none is near."""
        listed = self._market.first_open(self._pair, self._grid)
        return first_after(self._minute_times, max(at_ms, listed - 1))

    def publish(self, at_ms: int) -> str | None:
        """Return the push of that time; None in a halt, and at a wake-up."""
        candle = self.reading(at_ms)
        return candle and self.written((candle,), at_ms)

    def reading(self, at_ms: int) -> Candle | None:
        """Return the candle that is pushed at a time, if one is."""
        if at_ms not in self._minute_times(at_ms - at_ms % MINUTE_MS):
            return None
        opened = self._grid.floor(at_ms)
        if at_ms == opened + self.late(opened):
            return self._market.candle(self._pair, self._grid, self._grid.previous(opened))
        return self._market.at(self._pair, self._grid, at_ms)

    def written(self, candles: Sequence[Candle], at_ms: int) -> str:
        """Return the push of these candles, each a row."""
        return wire.pushed(candles, self._channel, self._pair, self._profile.columns)

    def current(self, at_ms: int) -> str | None:
        """Return the push that a new subscriber gets: the candle that is not complete yet."""
        opened = self._grid.floor(at_ms)
        if at_ms < opened + self.late(opened):
            ended = self._market.candle(self._pair, self._grid, self._grid.previous(opened))
            if ended is not None:
                return self.written((ended._replace(closed=False),), at_ms)
        candle = self._market.at(self._pair, self._grid, at_ms)
        return candle and self.written((candle,), at_ms)

    def late(self, boundary_ms: int) -> int:
        """Return how late a candle is completed after a boundary, in milliseconds."""
        if self._grid.length_ms < MINUTE_MS:
            return self._late_ms
        profile = self._profile
        late = self._late_ms - profile.roll_over_ms[0] + profile.roll_over_untraded_ms[0]
        if self._market.trade_times(self._pair, boundary_ms - MINUTE_MS):
            return self._late_ms
        times = self._market.trade_times(self._pair, boundary_ms)
        return self._late_ms if times and times[0] <= boundary_ms + late else late

    def _minute_times(self, minute_ms: int) -> tuple[int, ...]:
        """Return the times of all pushes of one minute, ascending."""
        if minute_ms != self._minute:
            found = self._seconds(minute_ms) if self._by_second else self._pushes(minute_ms)
            self._minute, self._times = minute_ms, tuple(found)
        return self._times

    @property
    def _by_second(self) -> bool:
        return self._grid.length_ms == SECOND_MS

    def _seconds(self, minute_ms: int) -> list[int]:
        seconds = range(minute_ms, minute_ms + MINUTE_MS, SECOND_MS)
        return [at for each in seconds for at in (each + self._late_ms, each + self._late_ms + 1)]

    def _pushes(self, minute_ms: int) -> list[int]:
        """Return a minute's pushes, from the trades around it alone.

        Updates lie on a grid in step with the first push of a candle, so that they are
        a second apart from it too; a trade shows at the next of them.
        """
        every, phase = self._profile.update_every_ms, self._late_ms + 1
        trades = (
            *self._market.trade_times(self._pair, minute_ms - MINUTE_MS),
            *self._market.trade_times(self._pair, minute_ms),
        )
        ticks = {-(-(at - phase) // every) * every + phase for at in trades}
        from_ms = minute_ms
        if self._grid.floor(minute_ms) == minute_ms:
            completed = minute_ms + self.late(minute_ms)
            ticks |= {completed, completed + 1}
            from_ms = completed
        return sorted(tick for tick in ticks if from_ms <= tick < minute_ms + MINUTE_MS)
