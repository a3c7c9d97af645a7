"""Feeds that take a candle for closed that is not, or hand one over twice or never."""

from __future__ import annotations

from dataclasses import replace

from conformance.contract import Reading, read_candle
from tests.gallery.feeds.field import Changing, Source
from tests.gallery.feeds.good import DemoFeed, now_ms


def open_ms(reading: Reading) -> int:
    """Return a candle's open time, epoch milliseconds."""
    return round(float(reading.timestamp) * 1000)


class HandsOverEachUpdate(DemoFeed):
    """Every message is a candle: JKorf/Binance.Net#1191, beatzxbt/smm#5."""

    async def _take(self, reading: Reading) -> None:
        if open_ms(reading) == self._next_ms:
            self._tell[0](reading)
        await super()._take(reading)


class ClosesASecondBeforeTheEnd(DemoFeed):
    """A timer hands over what there is; the last second is missing."""

    async def _take(self, reading: Reading) -> None:
        ends_ms = self._grid.next(open_ms(reading))
        if open_ms(reading) == self._next_ms and ends_ms - now_ms() < 3000:
            self._emit(reading, "stream")
        await super()._take(reading)


class LeavesEachThirdOut(DemoFeed):
    """Loses a candle now and then, though nothing is wrong."""

    _handed = 0

    def _emit(self, reading: Reading, source: Source) -> None:
        self._handed += 1
        tell = self._tell
        if self._handed % 3 == 0:
            self._tell = lambda candle: None, *tell[1:]
        super()._emit(reading, source)
        self._tell = tell


class ClosesWithWhatItHas(DemoFeed):
    """The update before the next candle's first is the last one, it thinks."""

    async def _take(self, reading: Reading) -> None:
        if self._running is not None and open_ms(reading) > open_ms(self._running):
            self._running_at_ms = max(self._running_at_ms, open_ms(reading))
        await super()._take(reading)


class AppendsCorrections(DemoFeed):
    """What is told of a closed candle with other numbers is one more: ccxt/ccxt#29375."""

    _closed: Reading | None = None

    def _emit(self, reading: Reading, source: Source) -> None:
        self._closed = reading
        super()._emit(reading, source)

    async def _take(self, reading: Reading) -> None:
        closed = self._closed
        await super()._take(reading)
        same = closed is not None and closed.timestamp == reading.timestamp
        if same and closed is not None and reading.volume > closed.volume:
            self._tell[0](reading)


class TakesTheLastRow(DemoFeed):
    """Each row of REST is a candle: freqtrade/freqtrade#996."""

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        before = self._next_ms
        answered = await super()._fill(why, since_ms)
        if self._next_ms > before:
            rows = await self._subject.fetch(self._pair, self._interval, self._next_ms // 1000, 1)
            for row in rows:
                self._tell[0](read_candle(row))
        return answered


class ScalesTheVolumeOfREST(Changing, DemoFeed):
    """REST counts in other units than the stream, it thinks: hummingbot/hummingbot#6889."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return replace(reading, volume=reading.volume * 100) if source == "rest" else reading


PROVE = {
    "HandsOverEachUpdate": ("FINAL-01", "demo"),
    "ClosesASecondBeforeTheEnd": ("FINAL-01", "demo"),
    "LeavesEachThirdOut": ("FINAL-02", "demo"),
    "ClosesWithWhatItHas": ("FINAL-03", "demo"),
    "AppendsCorrections": ("FINAL-04", "demo"),
    "TakesTheLastRow": ("FINAL-05", "demo"),
    "ScalesTheVolumeOfREST": ("FINAL-06", "demo"),
}
