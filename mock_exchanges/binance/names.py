"""Names of streams: which exist, and what was probably meant by those that do not.

Binance acknowledges a name that fits the syntax and then stays silent, so the mock says
in the journal what the exchange does not say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.following import Following
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.pair import Pair

# A guess: it lets `0`, `btcusdt@nope` and `!kline_1m@arr` pass, as the exchange does.
_SYNTAX = re.compile(r"!?[\w.-]+(@[\w+:.!-]+)*", re.ASCII)
_KLINE = re.compile(r"([^@]*)@kline_([^@]*)(@\+08:00)?")
_OTHER_TYPES = re.compile(
    r"@(trade|aggTrade|blockTrade|miniTicker|ticker|ticker_\w+|bookTicker|avgPrice|depth\w*)\b"
)
ZONE = "@+08:00"


@dataclass(frozen=True, slots=True)
class Kline:
    """A kline stream that exists: of which pair, in which calendar."""

    pair: str
    symbol: str
    interval: str
    grid: Grid


def well_formed(name: str) -> bool:
    """Return whether the exchange takes ``name`` for a stream's name at all."""
    return _SYNTAX.fullmatch(name) is not None


class Names:
    """The streams of the listed pairs."""

    def __init__(self, pairs: Mapping[str, Pair], profile: Profile) -> None:
        self._listed = Following(pairs, _lower)
        self._profile = profile

    @property
    def _symbols(self) -> Mapping[str, str]:
        return self._listed.get()

    def find(self, name: str) -> Kline | None:
        """Return the stream of exactly this name, or None."""
        match = _KLINE.fullmatch(name)
        if match is None:
            return None
        symbol, interval, zone = match.groups()
        pair, grid = self._symbols.get(symbol), self._profile.intervals.get(interval)
        if pair is None or grid is None:
            return None
        if zone:
            grid = grid.shifted(self._profile.zone_offset_ms)
        return Kline(pair, symbol.upper(), interval, grid)

    def explain(self, name: str) -> str:
        """Return why there is no such stream, and the nearest one there is."""
        if _OTHER_TYPES.search(name):
            return f"{name!r}: this mock serves kline streams only"
        match = re.fullmatch(r"([^@]*)@([^@]*)(@.*)?", name)
        if match is None:
            near = self._nearest_symbol(name)
            return f"{name!r} is no stream{_meant(near and f'{near}@kline_1m')}"
        symbol, kind, zone = match.group(1), match.group(2), match.group(3) or ""
        wrong = []
        if symbol not in self._symbols:
            upper = symbol.lower() in self._symbols
            wrong.append("symbols are lower case here" if upper else f"no symbol {symbol!r}")
        head, _, interval = kind.partition("_")
        if head != "kline":
            wrong.append(f"no stream type {kind!r}")
            interval = interval or "1m"
        elif interval not in self._profile.intervals:
            wrong.append(f"no interval {interval!r}")
        if zone not in ("", ZONE):
            wrong.append(f"no zone {zone!r}, only {ZONE}")
        near_symbol = self._nearest_symbol(symbol)
        near_interval = nearest(interval, self._profile.intervals) or "1m"
        kept = ZONE if zone else ""
        meant = near_symbol and f"{near_symbol}@kline_{near_interval}{kept}"
        return f"{name!r}: {', '.join(wrong) or 'no such stream'}{_meant(meant)}"

    def _nearest_symbol(self, name: str) -> str | None:
        return nearest(re.sub(r"[^a-z0-9]", "", name.lower()), self._symbols)


def _lower(pairs: Mapping[str, Pair]) -> dict[str, str]:
    return {symbol.lower(): name for symbol, name in wire.symbols(pairs).items()}


def _meant(name: str | None) -> str:
    return f"; nearest is {name!r}" if name else ""
