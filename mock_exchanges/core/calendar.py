"""Calendars of candles: where an interval's candles begin and end.

All times are epoch milliseconds (UTC). A `Grid` is one calendar: minutes from
midnight, days that begin at 16:00 UTC, weeks from Monday, calendar months.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS

# 1970-01-01 was a Thursday; the first Monday is four days later.
_FIRST_MONDAY_MS = 4 * DAY_MS


@dataclass(frozen=True, slots=True)
class Grid:
    """One interval in one calendar.

    ``length_ms`` is the candle's length (nominal, 30 days, for months); candles
    open at ``origin_ms + n * length_ms``. ``months`` switches to calendar months,
    whose first day begins at ``origin_ms`` past UTC midnight (negative for zones
    east of Greenwich).
    """

    length_ms: int
    origin_ms: int = 0
    months: bool = False

    @property
    def seconds(self) -> int:
        """Nominal length in seconds."""
        return self.length_ms // SECOND_MS

    def floor(self, at_ms: int) -> int:
        """Return the open time of the candle that contains ``at_ms``."""
        if not self.months:
            return at_ms - (at_ms - self.origin_ms) % self.length_ms
        day = datetime.fromtimestamp((at_ms - self.origin_ms) // SECOND_MS, UTC)
        first = datetime(day.year, day.month, 1, tzinfo=UTC)
        return int(first.timestamp()) * SECOND_MS + self.origin_ms

    def ceil(self, at_ms: int) -> int:
        """Return the first open time at or after ``at_ms``."""
        opened = self.floor(at_ms)
        return opened if opened == at_ms else self.next(opened)

    def next(self, open_ms: int) -> int:
        """Return the open time of the candle after the one that opens at ``open_ms``."""
        if not self.months:
            return open_ms + self.length_ms
        day = datetime.fromtimestamp((open_ms - self.origin_ms) // SECOND_MS, UTC)
        days = calendar.monthrange(day.year, day.month)[1]
        return open_ms + days * DAY_MS

    def previous(self, open_ms: int) -> int:
        """Return the open time of the candle before the one that opens at ``open_ms``."""
        return self.floor(open_ms - 1)

    def back(self, open_ms: int, count: int) -> int:
        """Return the open time ``count`` candles before ``open_ms``."""
        if not self.months:
            return open_ms - count * self.length_ms
        for _ in range(count):
            open_ms = self.previous(open_ms)
        return open_ms

    def ahead(self, open_ms: int, count: int) -> int:
        """Return the open time ``count`` candles after ``open_ms``."""
        if not self.months:
            return open_ms + count * self.length_ms
        for _ in range(count):
            open_ms = self.next(open_ms)
        return open_ms

    def opens(self, start_ms: int, end_ms: int) -> range | list[int]:
        """Return the open times in ``[start_ms, end_ms)``, ascending."""
        first = self.ceil(start_ms)
        if not self.months:
            return range(first, end_ms, self.length_ms)
        found = []
        while first < end_ms:
            found.append(first)
            first = self.next(first)
        return found

    def shifted(self, offset_ms: int) -> Grid:
        """Return this calendar for a zone ``offset_ms`` east of UTC."""
        return Grid(self.length_ms, self.origin_ms - offset_ms, self.months)


def every(length_ms: int) -> Grid:
    """Return the calendar of candles of ``length_ms``, counted from the epoch."""
    return Grid(length_ms)


def weekly() -> Grid:
    """Return the calendar of weeks that begin on Monday, 00:00 UTC."""
    return Grid(WEEK_MS, _FIRST_MONDAY_MS)


def monthly() -> Grid:
    """Return the calendar of months, UTC."""
    return Grid(30 * DAY_MS, 0, months=True)
