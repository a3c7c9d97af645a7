"""The query of a request for candles, read as a gRPC gateway reads it, then checked.

Unknown parameters are ignored. Wrong enum names and numbers are refused while reading,
everything else after it. Which words the exchange has for wrong times is a guess.
https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-candles
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from mock_exchanges.coinbase import errors
from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.calendar import Grid

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_INT64 = range(-(2**63), 2**63)
_INT32 = range(-(2**31), 2**31)
_NO_GRANULARITY = "UNKNOWN_GRANULARITY"


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """What a request for candles asks for; times are epoch milliseconds, both inclusive."""

    grid: Grid
    start_ms: int
    end_ms: int
    limit: int


def parse(query: str) -> dict[str, list[str]]:
    """Read a query string: each parameter with all its values."""
    found: dict[str, list[str]] = {}
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return found


def single(sent: Mapping[str, list[str]], name: str) -> str:
    """Return a parameter's value, empty if it was not sent; raise ApiError for two."""
    values = sent.get(name, [""])
    if len(values) > 1:
        raise errors.repeated(name, values)
    return values[0]


def number(sent: Mapping[str, list[str]], name: str) -> int:
    """Return a parameter of 32 bits, 0 if it was not sent; raise ApiError for no number."""
    text = single(sent, name)
    if name not in sent:
        return 0
    if not _INTEGER.fullmatch(text):
        raise errors.unparsed(name, f'strconv.ParseInt: parsing "{text}": invalid syntax')
    if int(text) not in _INT32:
        raise errors.unparsed(name, f'strconv.ParseInt: parsing "{text}": value out of range')
    return int(text)


def candles(query: str, profile: Profile) -> CandleQuery:
    """Read the query of the candles endpoints; raise ApiError for a wrong one."""
    sent = parse(query)
    granularity = single(sent, "granularity")
    grids = {**profile.intervals, **profile.undocumented_intervals}
    if granularity not in ("", _NO_GRANULARITY, *grids):
        raise errors.unparsed("granularity", f'"{granularity}" is not a valid value')
    limit = number(sent, "limit")
    start, end = single(sent, "start"), single(sent, "end")
    if granularity not in grids:
        raise errors.invalid("INVALID_ARGUMENT", "granularity")
    grid = grids[granularity]
    start_s, end_s = _time("start", start, profile), _time("end", end, profile)
    if start_s > end_s:
        raise errors.invalid(profile.bad_times, "start and end")
    start_ms, end_ms = start_s * 1000, end_s * 1000
    first, last = grid.ceil(start_ms), grid.floor(end_ms)
    if (last - first) // grid.length_ms + 1 > profile.candles_max:
        raise errors.too_wide(profile.candles_max)
    kept = limit if 0 < limit < profile.candles_max else profile.candles_max
    return CandleQuery(grid, start_ms, end_ms, kept)


def _time(name: str, text: str, profile: Profile) -> int:
    """Return a UNIX time in seconds."""
    if not _INTEGER.fullmatch(text) or int(text) not in _INT64:
        raise errors.invalid(profile.bad_times, name)
    return int(text)
