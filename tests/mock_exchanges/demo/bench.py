"""The demo's market and clients for tests in memory."""

from __future__ import annotations

import json
from typing import Any

from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.demo import DemoExchange
from mock_exchanges.demo.profile import profile
from tests.mock_exchanges import bench
from tests.mock_exchanges.bench import MINUTE, SECOND, T0

__all__ = ["BTC", "MARKET", "MINUTE", "SECOND", "T0", "Bench", "Client"]

MARKET = Market(7, pairs_named(["BTC-USDT", "ETH-BTC", "POWR-USDT", "SHIB-USDT"]))
BTC = "candle.1m.BTC-USDT"


class Client(bench.Client):
    """It reads what it gets. Pings are texts; they stand apart, in ``pings``."""

    def read(self, text: str, now: int) -> None:
        frame = json.loads(text)
        if frame.get("op") != "ping":
            super().read(text, now)
            return
        self.pings.append((now, frame["ts"]))
        if self.answers_pings:
            self.say({"op": "pong", "ts": frame["ts"]})

    def say(self, message: Any) -> list[Any]:
        """Send a text, or an object as JSON; return the decoded frames that answer it."""
        return [json.loads(text) for text in super().say(message)]

    def subscribe(self, *channels: Any, id: Any = 1) -> list[Any]:
        return self.say({"method": "subscribe", "params": list(channels), "id": id})

    @property
    def got_at(self) -> list[tuple[int, Any]]:
        """The decoded frames, with their times."""
        return [(at, json.loads(text)) for at, text in self.texts]

    @property
    def candles(self) -> list[tuple[int, Any]]:
        """The candle messages, with their times."""
        return [(at, frame) for at, frame in self.got_at if frame.get("type") == "candle"]


class Bench(bench.Bench[Client]):
    """The demo's engine with a clock; ``which`` of its handshakes it wants."""

    exchange_class, profile, client_class = DemoExchange, staticmethod(profile), Client
    target, market = "/ws", MARKET

    def __init__(self, which: str | None = None, **given: Any) -> None:
        super().__init__(date=which, **given)

    def candles(self, query: str) -> Any:
        """Return the decoded body of /api/v1/candles."""
        return json.loads(self.get("/api/v1/candles", query).body)
