"""KuCoin's market and clients for tests in memory."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from mock_exchanges.core.actions import Close, Drop, Pong, Send
from mock_exchanges.core.market import Market
from mock_exchanges.kucoin import KuCoinExchange
from mock_exchanges.kucoin.profile import profile
from tests.mock_exchanges import bench
from tests.mock_exchanges.bench import BUSY, MINUTE, RARE, T0, TINY, pair

__all__ = ["BTC", "MARKET", "MINUTE", "PAIRS", "POWR", "T0", "Bench", "Client"]

LISTED = date(2019, 2, 18)
PAIRS = (
    pair("BTC", price=Decimal("35010.1"), price_digits=1, volume_digits=4,
         volume_per_minute=Decimal(3), quiet=0.0, listed=LISTED),
    pair("ETH", "BTC", price=Decimal("0.04887"), price_digits=5,
         volume_per_minute=Decimal(20), listed=LISTED, **BUSY),
    pair("POWR", listed=LISTED, **RARE),
    pair("SHIB", listed=LISTED, **TINY),
)  # fmt: skip
MARKET = Market(7, PAIRS)
BTC = "/market/candles:BTC-USDT_1min"
POWR = "/market/candles:POWR-USDT_1min"


class Client(bench.Client):
    """``pushes`` holds the decoded candles; ``ping_at`` is when it pings next, if it does."""

    does = (Send, Pong, Close, Drop)
    ping_at: int | None = None

    @property
    def ended(self) -> tuple[Any, ...] | None:
        """When and how the connection ended, if it did."""
        return self.closed or self.dropped

    def subscribe(self, topic: str, id: Any = "1", **other: Any) -> list[str]:
        asked = {"id": id, "type": "subscribe", "topic": topic, "privateChannel": False,
                 "response": True}  # fmt: skip
        return self.say({**asked, **other})

    @property
    def pushes(self) -> list[Any]:
        return [frame for frame in self.frames if frame["type"] == "message"]


class Bench(bench.Bench[Client]):
    """KuCoin's engine with a clock."""

    exchange_class, profile, client_class = KuCoinExchange, staticmethod(profile), Client
    market = MARKET

    def bullet(self, secure: bool = False, **headers: str) -> Any:
        """Return the data of bullet-public."""
        asked = self.get("/api/v1/bullet-public", "", "POST", secure, **headers)
        body = json.loads(asked.body)
        assert body["code"] == "200000"
        return body["data"]

    def token(self) -> str:
        return str(self.bullet()["token"])

    def open(
        self,
        target: str | None = None,
        *,
        answers_pings: bool = True,
        **headers: str,
    ) -> Client:
        """Connect, by default with a new token and connectId c-17; no HTTP refusal may come."""
        if target is None:
            target = f"/?token={self.token()}&connectId=c-17"
        return super().open(target, answers_pings=answers_pings, **headers)

    def pinging(self) -> Client:
        """Connect a client that pings every 18 seconds by itself."""
        client = self.open()
        client.ping_at = self.now + 18_000
        return client

    def candles(self, query: str) -> list[list[str]]:
        """Return the rows of /api/v1/market/candles."""
        answer = self.get("/api/v1/market/candles", query)
        body = json.loads(answer.body)
        assert (answer.status, body["code"]) == (200, "200000"), body
        rows: list[list[str]] = body["data"]
        return rows

    def run(self, until: int) -> None:
        """Let time pass; clients that ping do so after what else is due."""
        while pinging := [
            (client.ping_at, client) for client in self.clients
            if client.connection.open and client.ping_at is not None and client.ping_at <= until
        ]:  # fmt: skip
            at, first = min(pinging, key=lambda due: due[0])
            super().run(at)
            first.ping_at = at + 18_000
            first.say({"id": "p", "type": "ping"})
        super().run(until)
