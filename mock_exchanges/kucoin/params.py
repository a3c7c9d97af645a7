"""Query parameters of candles. What the endpoint does not know is ignored.

https://www.kucoin.com/docs-new/rest/spot-trading/market-data/get-klines
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote_plus

from mock_exchanges.core.calendar import SECOND_MS, Grid
from mock_exchanges.kucoin import errors
from mock_exchanges.kucoin.profile import Profile

_NUMBER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """What a request for candles asks for; times are epoch milliseconds, None if absent."""

    symbol: str
    grid: Grid
    start_ms: int | None
    end_ms: int | None


def parse(query: str) -> dict[str, str]:
    """Read a query string; of a parameter sent twice the first counts."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name:
            found.setdefault(unquote_plus(name), unquote_plus(value))
    return found


def candles(query: str, profile: Profile, symbols: Collection[str]) -> CandleQuery:
    """Read the query of candles; raise ApiError for a wrong one."""
    sent = parse(query)
    for name in ("symbol", "type"):
        if not sent.get(name):
            raise errors.missing(name, profile.missing_parameter_status)
    bounds = [_seconds(sent, name, profile) for name in ("startAt", "endAt")]
    grid = profile.intervals.get(sent["type"])
    if grid is None:
        raise errors.bad_type()
    if sent["symbol"] not in symbols:
        raise errors.bad_pair()
    return CandleQuery(sent["symbol"], grid, *bounds)


def _seconds(sent: dict[str, str], name: str, profile: Profile) -> int | None:
    """Return a bound in milliseconds; 0 is the documented default and stands for none."""
    value = sent.get(name, "")
    if value and not _NUMBER.fullmatch(value):
        raise errors.missing(name, profile.missing_parameter_status)
    return int(value or 0) * SECOND_MS or None
