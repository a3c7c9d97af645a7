"""Feeds that hand candles over twice, or go back in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.contract import Reading
from reference_adapters.demo import DemoAdapter
from tests.gallery.feeds.field import Source
from tests.gallery.feeds.final import open_ms
from tests.gallery.feeds.good import DemoFeed


class ClosesAtEachRepeat(DemoFeed):
    """Each closing message closes: freqtrade/freqtrade#1715."""

    _word: Reading | None = None

    async def _take(self, reading: Reading) -> None:
        again = reading == self._word and self._grid.next(open_ms(reading)) <= self._there_ms()
        self._word = reading
        await super()._take(reading)
        if again:
            self._tell[0](reading)


class ClosesAtAnyChange(DemoFeed):
    """Another open time closes the running candle: bitfinexcom/bitfinex-api-py#226."""

    _before: Reading | None = None

    async def _take(self, reading: Reading) -> None:
        before, self._before = self._before, reading
        await super()._take(reading)
        back = before is not None and open_ms(reading) < open_ms(before)
        if back and open_ms(reading) >= self.first_ms:
            self._tell[0](reading)


class TakesWhatCameLast(DemoFeed):
    """The last update that came is the candle, whatever it says."""

    def _is_overtaken(self, reading: Reading) -> bool:
        return False


class OneTime(DemoAdapter):
    """Dates all rows of a push by the newest."""

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        read = super().parse_ws_message(data)
        if isinstance(read, list) and read:
            newest = max(candle.timestamp for candle in read)
            return [replace(candle, timestamp=newest) for candle in read]
        return read


class DatesAllRowsAlike(DemoFeed):
    """A push has one time, it thinks."""

    adapter = OneTime


class HandsOverSnapshots(DemoFeed):
    """What comes upon subscribing is history, whoever has it already: crypto-lake/lake-api#16."""

    async def _take(self, reading: Reading) -> None:
        first = self._there_ms() - self._opened_ms < 3000
        if first and self.first_ms <= open_ms(reading) < self._next_ms:
            self._tell[0](reading)
        await super()._take(reading)


class FillsOneTooMany(DemoFeed):
    """Asks REST from the last candle on, and forgets that it has that one."""

    _last: Reading | None = None

    def _emit(self, reading: Reading, source: Source) -> None:
        if source == "rest" and self._last is not None and self.candles[-1].source == "stream":
            self._tell[0](self._last)
        self._last = reading
        super()._emit(reading, source)


PROVE = {
    "ClosesAtEachRepeat": ("ORDER-01", "demo"),
    "ClosesAtAnyChange": ("ORDER-02", "demo"),
    "TakesWhatCameLast": ("ORDER-02", "demo"),
    "DatesAllRowsAlike": ("ORDER-03", "demo"),
    "HandsOverSnapshots": ("ORDER-04", "demo"),
    "FillsOneTooMany": ("ORDER-05", "demo"),
}
