"""OKX's market and clients for tests in memory."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from mock_exchanges.core.actions import Close, Drop, Pong, Send, Text
from mock_exchanges.core.market import Market
from mock_exchanges.okx import OKXExchange
from mock_exchanges.okx.profile import BUSINESS, profile
from tests.mock_exchanges import bench
from tests.mock_exchanges.bench import BUSY, MINUTE, RARE, T0, TINY, pair

__all__ = [
    "CANDLES", "HISTORY", "MARKET", "MINUTE", "PAIRS", "T0", "Bench", "Client", "arg", "code",
    "pair",
]  # fmt: skip

CANDLES, HISTORY = "/api/v5/market/candles", "/api/v5/market/history-candles"
PAIRS = (
    pair("BTC"),
    pair("ETH", price=Decimal("3140.00"), **BUSY),
    pair("XYZ", **RARE),
    pair("SHIB", **TINY),
)
MARKET = Market(7, PAIRS)


class Client(bench.Client):
    """``pushes`` holds the candles."""

    does = (Send, Pong, Close, Drop)

    def subscribe(self, *names: str, op: str = "subscribe", **more: Any) -> list[str]:
        """Subscribe to ``candle1m:BTC-USDT`` and the like; return the answers."""
        args = [arg(name) for name in names]
        return self.say({**more, "op": op, "args": args})

    def keep_alive(self, until: int) -> None:
        """Let time pass with a ping every 20 seconds."""
        while self.bench.now < until:
            self.bench.run(min(self.bench.now + 20_000, until))
            self.receive(Text("ping"))

    @property
    def pushes(self) -> list[tuple[int, str, list[str]]]:
        """(time, topic, row) of the candle pushes."""
        found = []
        for at, text in self.texts:
            frame = json.loads(text) if text != "pong" else {}
            if "data" in frame:
                assert list(frame) == ["arg", "data"]
                (row,) = frame["data"]
                found.append((at, f"{frame['arg']['channel']}:{frame['arg']['instId']}", row))
        return found


class Bench(bench.Bench[Client]):
    """OKX's engine with a clock."""

    exchange_class, profile, client_class = OKXExchange, staticmethod(profile), Client
    target, market = BUSINESS, MARKET

    def rows(self, query: str, path: str = HISTORY) -> list[list[str]]:
        """Return the rows of an answer that has some."""
        body = json.loads(self.get(path, query).body)
        assert (body["code"], body["msg"]) == ("0", "")
        rows: list[list[str]] = body["data"]
        return rows

    def times(self, query: str, path: str = HISTORY) -> list[int]:
        """Return the open times of an answer, in its order."""
        return [int(row[0]) for row in self.rows(query, path)]


def arg(name: str) -> dict[str, str]:
    """Return the arg of ``channel:instId``."""
    channel, _, inst = name.partition(":")
    return {"channel": channel, "instId": inst} if inst else {"channel": channel}


def code(text: str) -> str:
    """Return the code of an error event."""
    frame = json.loads(text)
    assert frame["event"] == "error"
    assert isinstance(frame["code"], str)
    said: str = frame["code"]
    return said
