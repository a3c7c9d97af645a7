"""A client on an engine in memory: what it sent, what it got, on a clock of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from mock_exchanges.core.actions import Action, Close, Event, Pong, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.demo import DemoExchange
from mock_exchanges.demo.profile import profile

# 2026-07-25 17:20 UTC, a whole minute and no whole hour.
T0 = 1_785_000_000_000
SECOND, MINUTE = 1_000, 60_000
MARKET = Market(7, pairs_named(["BTC-USDT", "ETH-BTC", "POWR-USDT", "SHIB-USDT"]))
BTC = "candle.1m.BTC-USDT"


class Bench:
    """An engine with a clock, one profile's facts changed on request."""

    def __init__(
        self, which: str | None = None, *, now: int = T0, limits: bool = True,
        market: Market = MARKET, **facts: Any,
    ) -> None:  # fmt: skip
        self.market = market
        self.now = now
        self.journal = Journal()
        made = replace(profile(which), **facts) if facts else profile(which)
        self.exchange = DemoExchange(market, self.journal, made, limits=limits)
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

    def handshake(self, target: str = "/ws") -> tuple[Connection, list[Action]] | Response:
        path, _, query = target.partition("?")
        return self.engine.connect(Request("GET", path, query), self.now)

    def ask(
        self, path: str, query: str = "", method: str = "GET", secure: bool = False, **headers: str
    ) -> Response:
        return self.engine.request(Request(method, path, query, headers, secure=secure), self.now)

    def candles(self, query: str) -> Any:
        """Return the decoded body of /api/v1/candles."""
        return json.loads(self.ask("/api/v1/candles", query).body)

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
    """One connection. ``got_at`` holds (time, frame), pings apart in ``pings``."""

    def __init__(self, bench: Bench, connection: Connection, answers_pings: bool) -> None:
        self.bench = bench
        self.connection = connection
        self.answers_pings = answers_pings
        self.got_at: list[tuple[int, Any]] = []
        self.pings: list[tuple[int, Any]] = []
        self.pongs: list[bytes] = []
        self.closed: tuple[int, int, str] | None = None

    def got(self, actions: list[Action], now: int) -> None:
        for action in actions:
            match action:
                case Send(text):
                    frame = json.loads(text)
                    if frame.get("op") == "ping":
                        self.pings.append((now, frame["ts"]))
                        if self.answers_pings:
                            self.say({"op": "pong", "ts": frame["ts"]})
                    else:
                        self.got_at.append((now, frame))
                case Pong(payload):
                    self.pongs.append(payload)
                case Close(code, reason):
                    assert self.closed is None
                    self.closed = now, code, reason

    def receive(self, event: Event) -> None:
        self.got(self.bench.engine.receive(self.connection, event, self.bench.now), self.bench.now)

    def say(self, message: Any) -> list[Any]:
        """Send a text, or an object as JSON; return the frames that answer it."""
        before = len(self.got_at)
        self.receive(Text(message if isinstance(message, str) else json.dumps(message)))
        return [frame for _, frame in self.got_at[before:]]

    def subscribe(self, *channels: Any, id: Any = 1) -> list[Any]:
        return self.say({"method": "subscribe", "params": list(channels), "id": id})

    @property
    def candles(self) -> list[tuple[int, Any]]:
        """The candle messages, with their times."""
        return [(at, frame) for at, frame in self.got_at if frame.get("type") == "candle"]
