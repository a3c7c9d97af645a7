"""Feeds that date candles by something else than their open time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.contract import Reading
from reference_adapters.demo import WS_INTERVALS
from tests.gallery.feeds.field import Changing, Source
from tests.gallery.feeds.good import BinanceFeed, DemoFeed, OKXFeed, Telling, now_ms

DAY_S, WEEK_S = 86_400, 604_800


class Redating(Telling):
    """Tells updates with another time than they have."""

    def dated(self, reading: Reading) -> float:
        """Return the time, seconds."""
        return float(reading.timestamp)

    async def _take(self, reading: Reading) -> None:
        tell = self._tell
        told = replace(reading, timestamp=self.dated(reading))
        self._tell = tell[0], lambda _: tell[1](told), tell[2]
        await super()._take(reading)
        self._tell = tell


class CutsTheTimeToMinutes(Redating, DemoFeed):
    """The minute in which an update came, for every interval."""

    def dated(self, reading: Reading) -> float:
        return float(reading.timestamp) + (
            0
            if self._interval == "1m"
            else (now_ms() // 1000 - float(reading.timestamp)) // 60 * 60
        )


class DatesRESTByTheClose(Changing, DemoFeed):
    """The open time by stream, the close time by REST: nautechsystems/nautilus_trader#1591."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        late_s = 60 if source == "rest" else 0
        return replace(reading, timestamp=reading.timestamp + late_s)


class DatesByTheMessage(Changing, DemoFeed):
    """sammchardy/python-binance#237."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return replace(reading, timestamp=now_ms() / 1000)


class DatesByTheClose(Changing, BinanceFeed):
    """ccxt/ccxt#21807."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return replace(reading, timestamp=reading.timestamp + 60)


class DaysFromTheOwnMidnight(Redating, OKXFeed):
    """Days are cut by the clock on the wall, in a zone that the exchange does not have."""

    def dated(self, reading: Reading) -> float:
        opened = float(reading.timestamp)
        return opened - 2 * 3600 if self._interval == "1d" else opened


class CountsWeeksFromTheEpoch(Redating, BinanceFeed):
    """rainbow-me/rainbow#6920."""

    def dated(self, reading: Reading) -> float:
        if self._interval != "1w":
            return float(reading.timestamp)
        return now_ms() // 1000 // WEEK_S * WEEK_S


class CountsMonthsOfThirtyDays(Redating, BinanceFeed):
    """A month is a number of seconds, here."""

    def dated(self, reading: Reading) -> float:
        if self._interval != "1M":
            return float(reading.timestamp)
        return now_ms() // 1000 // (30 * DAY_S) * 30 * DAY_S


class TakesAnyIntervalForMinutes(DemoFeed):
    """A default for what it does not know."""

    def __init__(
        self,
        trading_pair: str,
        interval: str,
        on_candle: Callable[[Any], object],
        on_update: Callable[[Any], object],
        on_status: Callable[[Any], object],
    ) -> None:
        known = interval if interval in WS_INTERVALS else "1m"
        super().__init__(trading_pair, known, on_candle, on_update, on_status)


PROVE = {
    "CutsTheTimeToMinutes": ("ALIGN-01", "demo"),
    "DatesRESTByTheClose": ("ALIGN-02", "demo"),
    "DatesByTheMessage": ("ALIGN-03", "demo"),
    "DatesByTheClose": ("ALIGN-03", "binance"),
    "DaysFromTheOwnMidnight": ("ALIGN-04", "okx"),
    "CountsWeeksFromTheEpoch": ("ALIGN-05", "binance"),
    "CountsMonthsOfThirtyDays": ("ALIGN-05", "binance"),
    "TakesAnyIntervalForMinutes": ("ALIGN-06", "demo"),
}
