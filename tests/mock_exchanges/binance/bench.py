"""Binance's market and clients for tests in memory."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from mock_exchanges.binance import BinanceExchange
from mock_exchanges.binance.profile import profile
from mock_exchanges.core.actions import Close, Ping, Pong, Send
from mock_exchanges.core.market import Market
from tests.mock_exchanges import bench
from tests.mock_exchanges.bench import BUSY, MINUTE, RARE, T0, TINY, pair

__all__ = ["MARKET", "MINUTE", "PAIRS", "T0", "Bench", "Client", "pair"]

PAIRS = (
    pair("BNB"),
    pair("ETH", price=Decimal("3140.00"), **BUSY),
    pair("POWR", **RARE),
    pair("SHIB", **TINY),
)
MARKET = Market(7, PAIRS)


class Client(bench.Client):
    """``events`` holds the decoded klines."""

    does = (Send, Ping, Pong, Close)

    def subscribe(self, *names: str, id: Any = 1) -> list[str]:
        return self.say({"method": "SUBSCRIBE", "params": list(names), "id": id})

    @property
    def events(self) -> list[Any]:
        """The kline events, unwrapped."""
        found = [frame.get("data", frame) for frame in self.frames]
        return [frame for frame in found if frame.get("e") == "kline"]


class Bench(bench.Bench[Client]):
    """Binance's engine with a clock."""

    exchange_class, profile, client_class = BinanceExchange, staticmethod(profile), Client
    target, market = "/ws", MARKET

    def klines(self, query: str, **headers: str) -> Any:
        """Return the decoded body of /api/v3/klines."""
        return json.loads(self.get("/api/v3/klines", query, "GET", False, **headers).body)
