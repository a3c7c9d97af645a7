"""Query parameters of the REST side, read and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from mock_exchanges.core.calendar import SECOND_MS, Grid
from mock_exchanges.demo import errors
from mock_exchanges.demo.profile import Profile
from mock_exchanges.demo.requests import shown

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
# Twelve digits: as seconds they would be the year 5138, so milliseconds were meant.
_LATEST_S = 10**11


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """What a request for candles asks for; times are epoch milliseconds, both inclusive."""

    pair: str
    grid: Grid
    start_ms: int | None
    end_ms: int | None
    limit: int


def parse(query: str) -> dict[str, str]:
    """Read a query string; of a parameter that is sent twice the last counts."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in parts}


def candles(query: str, profile: Profile, pairs: Collection[str]) -> CandleQuery:
    """Read the query of candles; raise DemoError for a wrong one.

    Parameters that the endpoint does not have are ignored.
    """
    sent = parse(query)
    for name in ("symbol", "interval"):
        if not sent.get(name):
            raise errors.malformed(f"parameter {name} is missing")
    start, end = _time(sent, "start"), _time(sent, "end")
    limit = _number(sent, "limit")
    if limit is not None and not 1 <= limit <= profile.limit_max:
        raise errors.out_of_range("limit", f"expected 1 to {profile.limit_max}")
    if sent["symbol"] not in pairs:
        raise errors.unknown_pair(shown(sent["symbol"]))
    grid = profile.intervals.get(sent["interval"])
    if grid is None:
        raise errors.unknown_interval(shown(sent["interval"]))
    return CandleQuery(
        sent["symbol"], grid, start, end, profile.limit_default if limit is None else limit
    )


def _time(sent: Mapping[str, str], name: str) -> int | None:
    seconds = _number(sent, name)
    if seconds is None:
        return None
    if seconds >= _LATEST_S:
        raise errors.out_of_range(name, "expected seconds, not milliseconds")
    return seconds * SECOND_MS


def _number(sent: Mapping[str, str], name: str) -> int | None:
    value = sent.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise errors.malformed(f"parameter {name} is no whole number")
    return int(value)
