"""The intervals of OKX and their calendars.

Up to four hours there is one calendar. From six hours on the plain name counts from
midnight of UTC+8, and the name with ``utc`` from midnight UTC.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-candlesticks-channel
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.core.calendar import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    Grid,
    every,
    monthly,
    weekly,
)
from mock_exchanges.core.quarters import quarterly

ZONE_MS = 8 * HOUR_MS
UTC = "utc"

_SHORT: Mapping[str, Grid] = {
    "1s": every(SECOND_MS),
    "1m": every(MINUTE_MS),
    "3m": every(3 * MINUTE_MS),
    "5m": every(5 * MINUTE_MS),
    "15m": every(15 * MINUTE_MS),
    "30m": every(30 * MINUTE_MS),
    "1H": every(HOUR_MS),
    "2H": every(2 * HOUR_MS),
    "4H": every(4 * HOUR_MS),
}
_LONG: Mapping[str, Grid] = {
    "6H": every(6 * HOUR_MS),
    "12H": every(12 * HOUR_MS),
    "1D": every(DAY_MS),
    "2D": every(2 * DAY_MS),
    "3D": every(3 * DAY_MS),
    "5D": every(5 * DAY_MS),
    "1W": weekly(),
    "1M": monthly(),
    "3M": quarterly(),
}


def _both() -> dict[str, Grid]:
    named = dict(_SHORT)
    for name, grid in _LONG.items():
        named[f"{name}{UTC}"] = grid
        named[name] = grid.shifted(ZONE_MS)
    return named


INTERVALS: Mapping[str, Grid] = _both()


def meant(name: str) -> list[str]:
    """Return what a framework's name (``1h``, ``1d``, ``1M``) can be here, UTC first."""
    if name.endswith(("h", "d", "w")):
        name = name.upper()
    elif not name.endswith(("s", "m", "M")):
        return []
    return [found for found in (f"{name}{UTC}", name) if found in INTERVALS]
