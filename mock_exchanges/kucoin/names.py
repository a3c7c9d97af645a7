"""Topics: which exist, which need a login, and what was probably meant by wrong ones.

``/market/candles:BTC-USDT_1min``, and several with commas, each with its own interval:
``/market/candles:BTC-USDT_1min,ETH-USDT_1hour``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.pair import Pair
from mock_exchanges.kucoin.profile import Profile

CANDLES = "/market/candles"
# Topics of the exchange that this mock acknowledges and never fills.
OTHER_PATHS = (
    "/market/ticker",
    "/market/snapshot",
    "/market/level2",
    "/market/match",
    "/market/level3",
    "/spotMarket/level1",
    "/spotMarket/level2Depth5",
    "/spotMarket/level2Depth50",
    "/indicator/index",
    "/indicator/markPrice",
    "/margin/fundingBook",
    "/callauction/level2Depth50",
    "/callauction/callauctionData",
)
PRIVATE_PATHS = (
    "/spotMarket/tradeOrders",
    "/spotMarket/tradeOrdersV2",
    "/spotMarket/advancedOrders",
    "/account/balance",
    "/margin/position",
    "/margin/loan",
    "/margin/isolatedPosition",
)
_WORD = re.compile(r"/[\w/.-]+(:[^\s:]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Topic:
    """A candle topic that exists: of which pair, in which calendar."""

    name: str
    symbol: str
    interval: str
    grid: Grid


def well_formed(topic: str) -> bool:
    """Return whether the exchange reads ``topic`` as a path and its items at all."""
    return _WORD.fullmatch(topic) is not None


def split(topic: str) -> tuple[str, list[str]]:
    """Return path and items of a topic."""
    path, _, items = topic.partition(":")
    return path, items.split(",") if items else []


class Names:
    """The topics of the listed pairs. A symbol is the pair's standard name."""

    def __init__(self, pairs: Mapping[str, Pair], profile: Profile) -> None:
        self._pairs = pairs
        self._profile = profile

    def find(self, name: str) -> Topic | None:
        """Return the candle topic of exactly this name, or None."""
        path, _, item = name.partition(":")
        symbol, _, interval = item.rpartition("_")
        grid = self._profile.intervals.get(interval)
        if path != CANDLES or grid is None or symbol not in self._pairs:
            return None
        if grid.months and not self._profile.month_streamed:
            return None
        return Topic(name, symbol, interval, grid)

    def explain(self, name: str) -> str:
        """Return why there is no such topic, and the nearest one there is."""
        path, _, item = name.partition(":")
        if path in OTHER_PATHS:
            return f"{name!r}: this mock serves candles only"
        if path != CANDLES:
            near = nearest(path, (CANDLES, *OTHER_PATHS, *PRIVATE_PATHS))
            return f"{name!r}: no topic {path!r}{_meant(near and f'{near}:{item}')}"
        symbol, _, interval = item.rpartition("_")
        wrong = []
        if symbol not in self._pairs:
            wrong.append(f"no symbol {symbol!r}")
        if interval not in self._profile.intervals:
            wrong.append(f"no interval {interval!r}")
        near_symbol = nearest(symbol, self._pairs) or self._spelled(symbol)
        near_interval = nearest(interval, self._profile.intervals) or "1min"
        meant = near_symbol and f"{CANDLES}:{near_symbol}_{near_interval}"
        return f"{name!r}: {', '.join(wrong) or 'no such topic'}{_meant(meant)}"

    def _spelled(self, symbol: str) -> str | None:
        bare = re.sub(r"[^A-Z0-9]", "", symbol.upper())
        return next((name for name in self._pairs if name.replace("-", "") == bare), None)


def _meant(name: str | None) -> str:
    return f"; nearest is {name!r}" if name else ""
