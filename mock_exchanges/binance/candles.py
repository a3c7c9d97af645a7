"""A kline stream: when candles are published, as a pure function of market and time.

What recordings show (2021 and 2023): nothing on subscribing; the first trade after a
pause is published at once, the next no sooner than two seconds later, and only with a
trade; each interval ends with exactly one closed candle a few milliseconds after its
end; the next one's first frame comes 2.67 s later, traded or not. The `1s` stream sends
closed candles only, one a second.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from mock_exchanges.binance import wire
from mock_exchanges.binance.names import Kline
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.cadence import first_after
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS
from mock_exchanges.core.candle import Candle, sole
from mock_exchanges.core.market import Market


class CandleStream:
    """One kline stream (see core.hub.CandleStream)."""

    def __init__(self, market: Market, kline: Kline, profile: Profile, micro: bool) -> None:
        self._market = market
        self._kline = kline
        self._profile = profile
        self._micro = micro
        self._seconds = kline.grid.length_ms == SECOND_MS
        self._minute = -1
        self._times: tuple[int, ...] = ()

    def next_after(self, at_ms: int) -> int:
        """Return the time of the next frame, or of a wake-up if none is near."""
        listed = self._market.first_open(self._kline.pair, self._kline.grid)
        at_ms = max(at_ms, listed - 1)
        return first_after(self._minute_times, at_ms)

    def publish(self, at_ms: int) -> str | None:
        """Return the event of that time; None in a halt, and at a wake-up."""
        candle = self.reading(at_ms)
        return candle and self.written((candle,), at_ms)

    def written(self, candles: Sequence[Candle], at_ms: int) -> str:
        """Return the event of a candle. Raises ValueError for several: it has room for one."""
        candle = sole(candles, "a kline event")
        return wire.event(
            candle,
            self._kline.symbol,
            self._kline.interval,
            at_ms,
            closed=candle.closed,
            micro=self._micro,
        )

    def reading(self, at_ms: int) -> Candle | None:
        """Return the candle that is published at a time, if one is."""
        if at_ms not in self._minute_times(at_ms - at_ms % MINUTE_MS):
            return None
        pair, grid = self._kline.pair, self._kline.grid
        opened = grid.floor(at_ms)
        if at_ms == opened + self._late(opened):
            return self._market.candle(pair, grid, grid.previous(opened))
        return self._market.at(pair, grid, at_ms)

    def _minute_times(self, minute_ms: int) -> tuple[int, ...]:
        """Return the times of all frames of one minute, ascending."""
        if minute_ms != self._minute:
            found = self._second_frames(minute_ms) if self._seconds else self._frames(minute_ms)
            self._minute, self._times = minute_ms, tuple(found)
        return self._times

    def _second_frames(self, minute_ms: int) -> list[int]:
        seconds = range(minute_ms, minute_ms + MINUTE_MS, SECOND_MS)
        return [second + self._late(second) for second in seconds]

    def _frames(self, minute_ms: int) -> list[int]:
        """Return a minute's frames from the trades of it and of the minute before alone.

        Throttling looks back at the last trade before the minute, not at the last frame:
        a frame is never later than that trade, so the distance holds, and the answer does
        not depend on where one began to look.
        """
        pair = self._kline.pair
        frames: list[int] = []
        if self._kline.grid.floor(minute_ms) == minute_ms:
            late = self._late(minute_ms)
            last = minute_ms + late + self._profile.first_frame_ms
            frames += [minute_ms + late, last]
        else:
            before = self._market.trade_times(pair, minute_ms - MINUTE_MS)
            last = before[-1] if before else 0
        for time in self._market.trade_times(pair, minute_ms):
            if time - last >= self._profile.update_every_ms:
                frames.append(time)
                last = time
        return frames

    def _late(self, boundary_ms: int) -> int:
        """Return how late the closed candle is after a boundary, in milliseconds."""
        low, high = self._profile.close_late_ms
        seed = f"{self._kline.symbol}@{self._kline.interval}:{boundary_ms}"
        return low + zlib.crc32(seed.encode()) % (high - low + 1)
