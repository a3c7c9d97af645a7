"""Channels: which are served on which path, and what was probably meant by others.

https://www.okx.com/docs-v5/en/#overview-websocket
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.http import compact
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.pair import Pair
from mock_exchanges.okx.profile import BUSINESS, PRIVATE, PUBLIC, Profile
from mock_exchanges.okx.wire import PREFIX

# Real ones beside the candles. The mock confirms them and sends nothing.
_PUBLIC = {
    PUBLIC: (
        "tickers", "trades", "books", "books5", "bbo-tbt", "books-l2-tbt", "books50-l2-tbt",
        "instruments", "status", "index-tickers", "mark-price", "price-limit", "funding-rate",
        "open-interest", "estimated-price", "opt-summary", "liquidation-orders",
    ),
    BUSINESS: ("trades-all", "call-auction-details"),
    PRIVATE: (),
}  # fmt: skip
_PRIVATE = {
    PUBLIC: (),
    BUSINESS: ("orders-algo", "algo-advance", "deposit-info", "withdrawal-info"),
    PRIVATE: (
        "account", "positions", "balance_and_position", "orders", "fills", "account-greeks",
        "position-risk-warning", "liquidation-warning",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that exists on a path.

    ``grid`` is None unless it is one of candles; ``key`` tells subscriptions apart and
    is the hub's topic.
    """

    name: str
    key: str
    pair: str = ""
    grid: Grid | None = None
    private: bool = False


def topic(channel: str, pair: str) -> str:
    """Return the hub's topic of a candle channel and a pair."""
    return f"{channel}:{pair}"


class Channels:
    """The channels of the listed pairs."""

    def __init__(self, pairs: Mapping[str, Pair], profile: Profile) -> None:
        self._pairs = pairs
        self._profile = profile

    def find(self, path: str, arg: Mapping[str, Any]) -> Channel | None:
        """Return the channel that an arg names on a path, or None."""
        name, pair = arg["channel"], arg.get("instId", "")
        if name.startswith(PREFIX):
            return self.candle(name, pair) if path in self._profile.candle_paths else None
        private = name in _PRIVATE[path]
        if not private and (name not in _PUBLIC[path] or (pair and pair not in self._pairs)):
            return None
        return Channel(name, compact(dict(sorted(arg.items()))), pair, private=private)

    def candle(self, name: str, pair: str) -> Channel | None:
        """Return the candle channel of exactly this name and pair, or None."""
        grid = self._profile.intervals.get(name.removeprefix(PREFIX))
        if grid is None or pair not in self._pairs or not name.startswith(PREFIX):
            return None
        return Channel(name, topic(name, pair), pair, grid)

    def explain(self, path: str, arg: Mapping[str, Any]) -> str:
        """Return why there is no such channel, and the nearest there is."""
        name, pair = arg["channel"], arg.get("instId", "")
        known = [f"{PREFIX}{interval}" for interval in self._profile.intervals]
        other = [each for names in (*_PUBLIC.values(), *_PRIVATE.values()) for each in names]
        wrong, near = [], {"channel": name, "instId": pair}
        if name not in known and name not in other:
            wrong.append(f"no channel {name!r}")
            near["channel"] = nearest(name, [*known, *other]) or f"{PREFIX}1m"
        if near["channel"] in known and path not in self._profile.candle_paths:
            wrong.append(f"candles come on {self._profile.candle_paths[0]}, not on {path}")
        elif near["channel"] in other:
            right = next(p for p in _PUBLIC if near["channel"] in (*_PUBLIC[p], *_PRIVATE[p]))
            if right != path:
                wrong.append(f"{near['channel']} is a channel of {right}, not of {path}")
        if pair not in self._pairs:
            wrong.append(f"no instId {pair!r}" if pair else "no instId")
            plain = re.sub(r"[^A-Z0-9-]", "-", pair.upper())
            near["instId"] = nearest(plain, self._pairs) or next(iter(self._pairs), "")
        return f"{', '.join(wrong)}; nearest is {compact(near)}"
