"""Query parameters, checked in the order in which the exchange checks them.

Duplicates first, then what is mandatory, then each value's characters, then what the
endpoint does not have, and last whether the values make sense.
https://developers.binance.com/docs/binance-spot-api-docs/errors
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from mock_exchanges.binance import errors
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.calendar import HOUR_MS, MINUTE_MS, Grid

_SYMBOL = re.compile(r"[A-Z0-9_.-]{1,50}")
_INTERVAL = re.compile(r"[a-zA-Z0-9]{1,36}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_ZONE = re.compile(r"([+-]?)(\d{1,2})(?::(\d{2}))?", re.ASCII)
_INTERVAL_RANGE = "^[a-zA-Z0-9]{1,36}$"
_NUMBER_RANGE = "^[0-9]{1,20}$"
# Sixteen digits are microseconds: as milliseconds they would be the year 33658.
_MICROSECONDS = 10**14
_EARLIEST_ZONE, _LATEST_ZONE = -12 * HOUR_MS, 14 * HOUR_MS


@dataclass(frozen=True, slots=True)
class KlineQuery:
    """What a request for candles asks for; times are epoch milliseconds, both inclusive."""

    symbol: str
    interval: str
    grid: Grid
    start_ms: int | None
    end_ms: int | None
    limit: int


def parse(query: str) -> dict[str, str]:
    """Read a query string; raise ApiError for a parameter sent twice."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name = unquote_plus(name)
        if name in found:
            raise errors.duplicated()
        found[name] = unquote_plus(value)
    return found


def nothing(query: str) -> None:
    """Check that an endpoint without parameters got none."""
    sent = len(parse(query))
    if sent:
        raise errors.too_many_parameters(sent)


def klines(query: str, profile: Profile, symbols: Mapping[str, str]) -> KlineQuery:
    """Read the query of klines and uiKlines; raise ApiError for a wrong one."""
    sent = parse(query)
    for name in ("symbol", "interval"):
        if name not in sent:
            raise errors.mandatory(name)
    known = ("symbol", "interval", "startTime", "endTime", "timeZone", "limit")
    for name in known:
        if sent.get(name) == "":
            raise errors.empty(name)
    symbol, interval = sent["symbol"], sent["interval"]
    check_symbol(symbol, profile)
    if not _INTERVAL.fullmatch(interval):
        raise errors.illegal("interval", _INTERVAL_RANGE)
    start, end, limit = (_number(sent, name) for name in ("startTime", "endTime", "limit"))
    check_read(sent, known)
    if limit == 0:
        raise errors.mandatory("limit")
    if symbol not in symbols:
        raise errors.bad_symbol()
    grid = profile.intervals.get(interval)
    if grid is None:
        raise errors.bad_interval()
    zone = _zone(sent.get("timeZone", "0"))
    return KlineQuery(
        symbol,
        interval,
        grid.shifted(zone) if zone else grid,
        # In microseconds a start is rounded up, an end down.
        start if start is None or start < _MICROSECONDS else -(-start // 1000),
        end if end is None or end < _MICROSECONDS else end // 1000,
        min(profile.limit_default if limit is None else limit, profile.limit_max),
    )


def several_symbols(
    sent: Mapping[str, str], profile: Profile, symbols: Mapping[str, str]
) -> list[str] | None:
    """Return what ``symbol`` or ``symbols`` name, or None if neither was sent."""
    if "symbol" in sent and "symbols" in sent:
        raise errors.ApiError(-1128, "Combination of optional parameters invalid.")
    for name in ("symbol", "symbols"):
        if sent.get(name) == "":
            raise errors.empty(name)
    if "symbol" in sent:
        wanted = [sent["symbol"]]
        check_symbol(wanted[0], profile)
    elif "symbols" in sent:
        wanted = _list(sent["symbols"], profile)
    else:
        return None
    if len(set(wanted)) < len(wanted):
        raise errors.ApiError(-1151, "Symbol is present multiple times in the list.")
    if any(symbol not in symbols for symbol in wanted):
        raise errors.bad_symbol()
    return wanted


def check_symbol(symbol: str, profile: Profile) -> None:
    """Raise ApiError for characters that no symbol has; lower case is among them."""
    if not _SYMBOL.fullmatch(symbol):
        raise errors.illegal("symbol", profile.symbol_range)


def check_read(sent: Mapping[str, str], known: tuple[str, ...]) -> None:
    """Raise ApiError for parameters that the endpoint does not have."""
    read = sum(name in known for name in sent)
    if read < len(sent):
        raise errors.unread(read, len(sent))


def _number(sent: Mapping[str, str], name: str) -> int | None:
    value = sent.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise errors.illegal(name, _NUMBER_RANGE)
    return int(value)


def _zone(value: str) -> int:
    """Return a zone's distance from UTC in milliseconds."""
    match = _ZONE.fullmatch(value)
    if match is None:
        raise errors.invalid("timeZone")
    sign, hours, minutes = match.group(1), int(match.group(2)), int(match.group(3) or 0)
    offset = hours * HOUR_MS + minutes * MINUTE_MS
    if sign == "-":
        offset = -offset
    if minutes > 59 or not _EARLIEST_ZONE <= offset <= _LATEST_ZONE:
        raise errors.invalid("timeZone")
    return offset


def _list(value: str, profile: Profile) -> list[str]:
    one = profile.symbol_range.strip("^$")
    legal = f'^\\[("{one}"(,"{one}"){{0,}}){{0,1}}\\]$'
    try:
        wanted = json.loads(value)
    except (ValueError, RecursionError):
        raise errors.illegal("symbols", legal) from None
    if not isinstance(wanted, list):
        raise errors.illegal("symbols", legal)
    for symbol in wanted:
        if not (isinstance(symbol, str) and _SYMBOL.fullmatch(symbol)):
            raise errors.illegal("symbols", legal)
    return wanted
