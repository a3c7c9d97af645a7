"""The calendar of quarters: candles of three months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from mock_exchanges.core.calendar import DAY_MS, SECOND_MS, Grid


@dataclass(frozen=True, slots=True)
class Quarters(Grid):
    """Calendar quarters; a `Grid` like any other, ``length_ms`` is nominal (90 days)."""

    length_ms: int = 90 * DAY_MS
    origin_ms: int = 0
    months: bool = True

    def floor(self, at_ms: int) -> int:
        """Return the open time of the quarter that contains ``at_ms``."""
        day = datetime.fromtimestamp((at_ms - self.origin_ms) // SECOND_MS, UTC)
        return self._opens(day.year, day.month - (day.month - 1) % 3)

    def next(self, open_ms: int) -> int:
        """Return the open time of the quarter after the one that opens at ``open_ms``."""
        day = datetime.fromtimestamp((open_ms - self.origin_ms) // SECOND_MS, UTC)
        if day.month == 10:
            return self._opens(day.year + 1, 1)
        return self._opens(day.year, day.month + 3)

    def shifted(self, offset_ms: int) -> Quarters:
        """Return this calendar for a zone ``offset_ms`` east of UTC."""
        return Quarters(origin_ms=self.origin_ms - offset_ms)

    def _opens(self, year: int, month: int) -> int:
        first = datetime(year, month, 1, tzinfo=UTC)
        return int(first.timestamp()) * SECOND_MS + self.origin_ms


def quarterly() -> Quarters:
    """Return the calendar of quarters, UTC."""
    return Quarters()
