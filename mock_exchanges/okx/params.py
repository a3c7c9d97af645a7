"""Query parameters of the REST side.

https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from mock_exchanges.core.calendar import Grid
from mock_exchanges.okx import errors
from mock_exchanges.okx.profile import Profile

_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """What a request for candles asks for: ``before`` < open time < ``after`` (epoch ms)."""

    pair: str
    bar: str
    grid: Grid
    before: int | None
    after: int | None
    limit: int


def parse(query: str) -> dict[str, str]:
    """Read a query string; empty parameters are as good as absent, the last of two counts."""
    found = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if value:
            found[unquote_plus(name)] = unquote_plus(value)
    return found


def candles(query: str, pairs: Container[str], profile: Profile, *, history: bool) -> CandleQuery:
    """Read the query of candles and history-candles; raise ApiError for a wrong one."""
    sent, status = parse(query), profile.bad_parameter_status
    if "instId" not in sent:
        raise errors.missing("instId", status)
    bar = sent.get("bar", "1m")
    grid = profile.intervals.get(bar)
    if grid is None or bar in profile.streamed_only:
        raise errors.wrong("bar", status)
    if bar in profile.history_only and not history:
        raise errors.wrong("bar", status)
    after, before, limit = (_number(sent, name, status) for name in ("after", "before", "limit"))
    if limit == 0:
        raise errors.wrong("limit", status)
    if sent["instId"] not in pairs:
        raise errors.unknown_instrument()
    most = profile.history_limit_max if history else profile.limit_max
    wanted = profile.limit_default if limit is None else limit
    return CandleQuery(sent["instId"], bar, grid, before, after, min(wanted, most))


def _number(sent: Mapping[str, str], name: str, status: int) -> int | None:
    value = sent.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise errors.wrong(name, status)
    return int(value)
