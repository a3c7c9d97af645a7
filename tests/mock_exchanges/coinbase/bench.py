"""A client on an engine in memory: what it sent, what it got, on a clock of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from mock_exchanges.coinbase import CoinbaseExchange
from mock_exchanges.coinbase.profile import profile
from mock_exchanges.core.actions import Action, Close, Event, Pong, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair

# 2026-03-02 14:52:30 UTC, in the middle of a bucket.
T0 = 1_772_463_150_000
BUCKET = 300_000
OPENED = T0 - T0 % BUCKET
MINUTE = 60_000
ROOT = "/api/v3/brokerage"


def pair(base: str, quote: str = "USD", **other: Any) -> Pair:
    """Make a pair of middling size."""
    given: dict[str, Any] = {
        "price": Decimal("64230.00"),
        "price_digits": 2,
        "volume_digits": 5,
        "volume_per_minute": Decimal(5),
        "quiet": 0.0,
        "listed": date(2015, 7, 20),
    } | other
    return Pair(base=base, quote=quote, **given)


PAIRS = (
    pair("BTC"),
    pair("ETH", price=Decimal("3139.00"), trades_per_minute=50),
    pair("POWR", price=Decimal("0.2316"), price_digits=4, volume_digits=1, quiet=0.7,
         volume_per_minute=Decimal(1600), trades_per_minute=8),
    pair("SHIB", price=Decimal("0.00002345"), price_digits=8, volume_digits=0,
         volume_per_minute=Decimal(900_000_000)),
    pair("USDT", "USDC", price=Decimal("0.9995"), price_digits=4, volume_digits=2,
         volume_per_minute=Decimal(5000)),
)  # fmt: skip
MARKET = Market(7, PAIRS)


class Bench:
    """An engine with a clock, one profile's facts changed on request."""

    def __init__(
        self,
        market: Market = MARKET,
        now: int = T0,
        *,
        limits: bool = True,
        date: str | None = None,
        **facts: Any,
    ) -> None:
        self.market = market
        self.now = now
        self.journal = Journal()
        made = replace(profile(date), **facts)
        self.exchange = CoinbaseExchange(market, self.journal, made, limits=limits)
        self.engine = Engine(self.exchange)
        self.clients: list[Client] = []

    def open(self, target: str = "/", **headers: str) -> Client:
        """Connect; the handshake must pass."""
        answer = self.handshake(target, **headers)
        assert not isinstance(answer, Response), answer
        connection, actions = answer
        client = Client(self, connection)
        self.clients.append(client)
        client.got(actions, self.now)
        return client

    def handshake(
        self, target: str = "/", **headers: str
    ) -> tuple[Connection, list[Action]] | Response:
        path, _, query = target.partition("?")
        return self.engine.connect(Request("GET", path, query, headers), self.now)

    def get(self, path: str, query: str = "", method: str = "GET", **headers: str) -> Response:
        """Ask over REST; underscores in header names are dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.engine.request(Request(method, path, query, named), self.now)

    def candles(self, query: str, product: str = "BTC-USD") -> Response:
        return self.get(f"{ROOT}/market/products/{product}/candles", query)

    def rows(self, query: str, product: str = "BTC-USD") -> Any:
        """Return the candles of a request that must succeed."""
        answer = self.candles(query, product)
        assert answer.status == 200, answer
        return json.loads(answer.body)["candles"]

    def run(self, until: int) -> None:
        """Let time pass."""
        while (due := self.engine.next_due()) is not None and due <= until:
            self.now = due
            for connection, actions in self.engine.advance(due):
                for client in self.clients:
                    if client.connection is connection:
                        client.got(actions, due)
        self.now = until

    def near_misses(self) -> list[str]:
        return [entry.text for entry in self.journal.of("near-miss")]


class Client:
    """One connection. ``texts`` holds (time, frame)."""

    def __init__(self, bench: Bench, connection: Connection) -> None:
        self.bench = bench
        self.connection = connection
        self.texts: list[tuple[int, str]] = []
        self.pongs: list[bytes] = []
        self.closed: tuple[int, int, str] | None = None

    def got(self, actions: list[Action], now: int) -> None:
        for action in actions:
            match action:
                case Send(text):
                    self.texts.append((now, text))
                case Pong(payload):
                    self.pongs.append(payload)
                case Close(code, reason):
                    assert self.closed is None
                    self.closed = now, code, reason
                case _:
                    raise AssertionError(action)

    def receive(self, event: Event) -> None:
        self.got(self.bench.engine.receive(self.connection, event, self.bench.now), self.bench.now)

    def say(self, message: Any) -> list[Any]:
        """Send a text, or an object as JSON; return the decoded frames that answer it."""
        before = len(self.texts)
        self.receive(Text(message if isinstance(message, str) else json.dumps(message)))
        return [json.loads(text) for _, text in self.texts[before:]]

    def subscribe(self, *products: str, channel: str = "candles", **other: Any) -> list[Any]:
        message = {"type": "subscribe", "product_ids": list(products), "channel": channel}
        return self.say(message | other)

    def unsubscribe(self, *products: str, channel: str = "candles") -> list[Any]:
        return self.say({"type": "unsubscribe", "product_ids": list(products), "channel": channel})

    @property
    def frames(self) -> list[Any]:
        return [json.loads(text) for _, text in self.texts]

    def of(self, channel: str) -> list[Any]:
        """Return the messages of a channel."""
        return [frame for frame in self.frames if frame.get("channel") == channel]

    def candles(self, kind: str = "update") -> list[Any]:
        """Return the candles of all events of a kind, in the order they came."""
        events = (event for frame in self.of("candles") for event in frame["events"])
        return [row for event in events if event["type"] == kind for row in event["candles"]]


def error(text: str) -> dict[str, str]:
    return {"type": "error", "message": text}


def listed(frame: Any) -> Any:
    """Return what an acknowledgement lists."""
    assert frame["channel"] == "subscriptions"
    (event,) = frame["events"]
    return event["subscriptions"]
