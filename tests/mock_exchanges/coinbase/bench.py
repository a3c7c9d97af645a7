"""Coinbase's market and clients for tests in memory."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from mock_exchanges.coinbase import CoinbaseExchange
from mock_exchanges.coinbase.profile import profile
from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from tests.mock_exchanges import bench
from tests.mock_exchanges.bench import BUSY, MINUTE, RARE, TINY

__all__ = [
    "BUCKET", "MARKET", "MINUTE", "OPENED", "PAIRS", "ROOT", "T0", "Bench", "Client", "error",
    "listed",
]  # fmt: skip

# 2026-03-02 14:52:30 UTC, in the middle of a bucket.
T0 = 1_772_463_150_000
BUCKET = 300_000
OPENED = T0 - T0 % BUCKET
ROOT = "/api/v3/brokerage"

pair = partial(
    bench.pair, quote="USD", price=Decimal("64230.00"), volume_digits=5,
    volume_per_minute=Decimal(5), quiet=0.0, listed=date(2015, 7, 20),
)  # fmt: skip
PAIRS = (
    pair("BTC"),
    pair("ETH", price=Decimal("3139.00"), **BUSY),
    pair("POWR", **RARE),
    pair("SHIB", **TINY),
    pair("USDT", quote="USDC", price=Decimal("0.9995"), price_digits=4, volume_digits=2,
         volume_per_minute=Decimal(5000)),
)  # fmt: skip
MARKET = Market(7, PAIRS)


class Client(bench.Client):
    """It reads what it gets: ``of`` a channel, and ``candles``."""

    def say(self, message: Any) -> list[Any]:
        """Send a text, or an object as JSON; return the decoded frames that answer it."""
        return [json.loads(text) for text in super().say(message)]

    def subscribe(self, *products: str, channel: str = "candles", **other: Any) -> list[Any]:
        message = {"type": "subscribe", "product_ids": list(products), "channel": channel}
        return self.say(message | other)

    def unsubscribe(self, *products: str, channel: str = "candles") -> list[Any]:
        return self.say({"type": "unsubscribe", "product_ids": list(products), "channel": channel})

    def of(self, channel: str) -> list[Any]:
        """Return the messages of a channel."""
        return [frame for frame in self.frames if frame.get("channel") == channel]

    def candles(self, kind: str = "update") -> list[Any]:
        """Return the candles of all events of a kind, in the order they came."""
        events = (event for frame in self.of("candles") for event in frame["events"])
        return [row for event in events if event["type"] == kind for row in event["candles"]]


class Bench(bench.Bench[Client]):
    """Coinbase's engine with a clock."""

    exchange_class, profile, client_class = CoinbaseExchange, staticmethod(profile), Client
    market, now = MARKET, T0

    def candles(self, query: str, product: str = "BTC-USD") -> Response:
        return self.get(f"{ROOT}/market/products/{product}/candles", query)

    def rows(self, query: str, product: str = "BTC-USD") -> Any:
        """Return the candles of a request that must succeed."""
        answer = self.candles(query, product)
        assert answer.status == 200, answer
        return json.loads(answer.body)["candles"]


def error(text: str) -> dict[str, str]:
    return {"type": "error", "message": text}


def listed(frame: Any) -> Any:
    """Return what an acknowledgement lists."""
    assert frame["channel"] == "subscriptions"
    (event,) = frame["events"]
    return event["subscriptions"]
