"""A candle topic: when messages are published, as a pure function of market and time.

What the one recording (2021) shows: nothing on subscribing and nothing without trades.
Trades are gathered by the whole second and told 0.8 or 0.98 s after it. The first
message of a candle is an ``add``, the others are ``update``; where the interval before
had no trades, an ``add`` of that empty one comes just before. Nothing marks a close: the
last second of a candle is told like any other, after the candle has ended.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from mock_exchanges.core.cadence import first_after, sampled
from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.candle import Candle, sole
from mock_exchanges.core.market import Market
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.names import Topic
from mock_exchanges.kucoin.profile import Profile

_NS = 1_000_000


def time_ns(topic: str, at_ms: int) -> int:
    """Return the time a message of ``at_ms`` carries, nanoseconds."""
    return at_ms * _NS + zlib.crc32(f"{topic}:{at_ms}".encode()) % _NS


class CandleStream:
    """One candle topic (see core.hub.CandleStream)."""

    def __init__(self, market: Market, topic: Topic, profile: Profile) -> None:
        self._market = market
        self._topic = topic
        self._profile = profile
        phases = profile.tick_phases_ms
        self.phase_ms = phases[zlib.crc32(topic.symbol.encode()) % len(phases)]
        self._minute = -1
        self._times: dict[int, tuple[int, wire.Subject, bool]] = {}

    def next_after(self, at_ms: int) -> int:
        """Return the time of the next message, or of a wake-up if none is near."""
        listed = self._market.first_open(self._topic.symbol, self._topic.grid)
        return first_after(lambda minute: tuple(self._messages(minute)), max(at_ms, listed - 1))

    def publish(self, at_ms: int) -> str | None:
        """Return the message of that time; None at a wake-up."""
        candle = self.reading(at_ms)
        return candle and self.written((candle,), at_ms)

    def reading(self, at_ms: int) -> Candle | None:
        """Return the candle that is told at a time, if one is."""
        said = self._messages(at_ms - at_ms % MINUTE_MS).get(at_ms)
        if said is None:
            return None
        tick, _, is_filler = said
        return self._before(tick) if is_filler else self._running(tick)

    def written(self, candles: Sequence[Candle], at_ms: int) -> str:
        """Return the message of a candle: an ``add`` if it is the one that this time adds.

        Raises ValueError for several: there is room for one.
        """
        candle = sole(candles, "a candle message")
        subject: wire.Subject = "update"
        if (said := self._messages(at_ms - at_ms % MINUTE_MS).get(at_ms)) is not None:
            tick, told, is_filler = said
            opened = self._topic.grid.floor(tick - 1)
            if candle.open_ms == (self._topic.grid.previous(opened) if is_filler else opened):
                subject = told
        topic = self._topic
        return wire.push(
            candle,
            topic.name,
            topic.symbol,
            subject,
            time_ns(topic.name, at_ms),
            data_first=self._profile.data_first,
        )

    def _messages(self, minute_ms: int) -> dict[int, tuple[int, wire.Subject, bool]]:
        """Return the messages of one minute by time: (second told, subject, is a filler)."""
        if minute_ms != self._minute:
            found: dict[int, tuple[int, wire.Subject, bool]] = {}
            tick_ms = self._profile.tick_ms
            told_ms = minute_ms
            for tick in sampled(self._market, self._topic.symbol, minute_ms, tick_ms):
                at_ms = tick + self.phase_ms
                # Trades of this minute that were told already are of the same candle.
                first = told_ms == minute_ms and self._is_first(tick)
                told_ms = tick
                if first and self._profile.filler:
                    before = self._before(tick)
                    if before is not None and not before.trades:
                        found[at_ms] = tick, "add", True
                        at_ms += 1
                subject: wire.Subject = "add" if first and self._profile.first_is_add else "update"
                found[at_ms] = tick, subject, False
            self._minute, self._times = minute_ms, found
        return self._times

    def _is_first(self, tick: int) -> bool:
        """Return whether the candle had no trades before the second that ``tick`` ends."""
        second = tick - self._profile.tick_ms
        if second <= self._topic.grid.floor(tick - 1):
            return True
        told = self._market.at(self._topic.symbol, self._topic.grid, second - 1)
        return told is None or not told.trades

    def _running(self, tick: int) -> Candle | None:
        return self._market.at(self._topic.symbol, self._topic.grid, tick - 1)

    def _before(self, tick: int) -> Candle | None:
        """Return the candle before the one that the second ended by ``tick`` belongs to."""
        grid = self._topic.grid
        opened = grid.floor(tick - 1)
        return self._market.candle(self._topic.symbol, grid, grid.previous(opened))
