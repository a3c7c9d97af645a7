"""A client on an engine in memory: what it sent, what it got, on a clock of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from mock_exchanges.binance import BinanceExchange
from mock_exchanges.binance.profile import profile
from mock_exchanges.core.actions import Action, Close, Event, Ping, Pong, Ponged, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair

# 2026-07-25 17:20 UTC, a whole minute and no whole hour.
T0 = 1_785_000_000_000
MINUTE = 60_000


def pair(base: str, quote: str = "USDT", **other: Any) -> Pair:
    """Make a pair of middling size."""
    given: dict[str, Any] = {
        "price": Decimal("612.30"),
        "price_digits": 2,
        "volume_digits": 3,
        "volume_per_minute": Decimal(90),
        "listed": date(2017, 11, 6),
    } | other
    return Pair(base=base, quote=quote, **given)


PAIRS = (
    pair("BNB"),
    pair("ETH", price=Decimal("3140.00"), trades_per_minute=50, quiet=0.0),
    pair("POWR", price=Decimal("0.2316"), price_digits=4, volume_digits=1, quiet=0.7,
         volume_per_minute=Decimal(1600), trades_per_minute=8),
    pair("SHIB", price=Decimal("0.00002345"), price_digits=8, volume_digits=0,
         volume_per_minute=Decimal(900_000_000)),
)  # fmt: skip
MARKET = Market(7, PAIRS)


class Bench:
    """An engine with a clock, one profile's facts changed on request."""

    def __init__(
        self, market: Market = MARKET, now: int = T0, *, limits: bool = True, **facts: Any
    ) -> None:
        self.market = market
        self.now = now
        self.journal = Journal()
        made = replace(profile(), **facts) if facts else profile()
        self.exchange = BinanceExchange(market, self.journal, made, limits=limits)
        self.engine = Engine(self.exchange)
        self.clients: list[Client] = []

    def open(self, target: str = "/ws", *, answers_pings: bool = True) -> Client:
        """Connect; the handshake must pass."""
        answer = self.handshake(target)
        assert not isinstance(answer, Response), answer
        connection, actions = answer
        client = Client(self, connection, answers_pings)
        self.clients.append(client)
        client.got(actions, self.now)
        return client

    def handshake(self, target: str) -> tuple[Connection, list[Action]] | Response:
        path, _, query = target.partition("?")
        return self.engine.connect(Request("GET", path, query), self.now)

    def get(self, path: str, query: str = "", method: str = "GET", **headers: str) -> Response:
        """Ask over REST; underscores in header names are dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.engine.request(Request(method, path, query, named), self.now)

    def klines(self, query: str, **headers: str) -> Any:
        """Return the decoded body of /api/v3/klines."""
        return json.loads(self.get("/api/v3/klines", query, **headers).body)

    def run(self, until: int) -> None:
        """Let time pass, clients answering pings at once."""
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
    """One connection. ``texts`` holds (time, frame), ``events`` the decoded klines."""

    def __init__(self, bench: Bench, connection: Connection, answers_pings: bool) -> None:
        self.bench = bench
        self.connection = connection
        self.answers_pings = answers_pings
        self.texts: list[tuple[int, str]] = []
        self.pings: list[tuple[int, bytes]] = []
        self.pongs: list[bytes] = []
        self.closed: tuple[int, int, str] | None = None

    def got(self, actions: list[Action], now: int) -> None:
        for action in actions:
            match action:
                case Send(text):
                    self.texts.append((now, text))
                case Ping(payload):
                    self.pings.append((now, payload))
                    if self.answers_pings:
                        self.receive(Ponged(payload))
                case Pong(payload):
                    self.pongs.append(payload)
                case Close(code, reason):
                    assert self.closed is None
                    self.closed = now, code, reason

    def receive(self, event: Event) -> None:
        self.got(self.bench.engine.receive(self.connection, event, self.bench.now), self.bench.now)

    def say(self, message: Any) -> list[str]:
        """Send a text, or an object as JSON; return the texts that answer it."""
        before = len(self.texts)
        self.receive(Text(message if isinstance(message, str) else json.dumps(message)))
        return [text for _, text in self.texts[before:]]

    def subscribe(self, *names: str, id: Any = 1) -> list[str]:
        return self.say({"method": "SUBSCRIBE", "params": list(names), "id": id})

    @property
    def frames(self) -> list[Any]:
        return [json.loads(text) for _, text in self.texts]

    @property
    def events(self) -> list[Any]:
        """The kline events, unwrapped."""
        found = [frame.get("data", frame) for frame in self.frames]
        return [frame for frame in found if frame.get("e") == "kline"]
