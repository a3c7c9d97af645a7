"""A client on an engine in memory: what it sent, what it got, on a clock of its own.

Each exchange's own ``bench.py`` names the exchange and the market, and adds how its
clients ask and what of an answer its tests look at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from mock_exchanges.core.actions import (
    Action,
    Close,
    Drop,
    Event,
    Ping,
    Pong,
    Ponged,
    Send,
    Text,
)
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair

# 2026-07-25 17:20 UTC, a whole minute and no whole hour.
T0 = 1_785_000_000_000
SECOND, MINUTE = 1_000, 60_000

# Shapes of pairs: in what they differ from one of middling size.
BUSY: dict[str, Any] = {"trades_per_minute": 50, "quiet": 0.0}
RARE: dict[str, Any] = {
    "price": Decimal("0.2316"), "price_digits": 4, "volume_digits": 1,
    "volume_per_minute": Decimal(1600), "trades_per_minute": 8, "quiet": 0.7,
}  # fmt: skip
TINY: dict[str, Any] = {
    "price": Decimal("0.00002345"), "price_digits": 8, "volume_digits": 0,
    "volume_per_minute": Decimal(900_000_000),
}  # fmt: skip


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


class Client:
    """One connection. ``texts`` holds (time, frame).

    ``does`` is all the exchange ever does to a client; anything else is an error.
    """

    does: tuple[type[Action], ...] = (Send, Pong, Close)

    def __init__(self, bench: Bench[Any], connection: Connection, answers_pings: bool) -> None:
        self.bench = bench
        self.connection = connection
        self.answers_pings = answers_pings
        self.texts: list[tuple[int, str]] = []
        self.pings: list[tuple[int, Any]] = []
        self.pongs: list[bytes] = []
        self.closed: tuple[int, int, str] | None = None
        self.dropped: tuple[int, str] | None = None

    def got(self, actions: list[Action], now: int) -> None:
        for action in actions:
            assert isinstance(action, self.does), action
            assert self.lives
            match action:
                case Send(text):
                    self.read(text, now)
                case Ping(payload):
                    self.pings.append((now, payload))
                    if self.answers_pings:
                        self.receive(Ponged(payload))
                case Pong(payload):
                    self.pongs.append(payload)
                case Close(code, reason):
                    self.closed = now, code, reason
                case Drop(how):
                    self.dropped = now, how

    @property
    def lives(self) -> bool:
        """Whether the exchange has let the connection be so far."""
        return self.closed is None and self.dropped is None

    def read(self, text: str, now: int) -> None:
        self.texts.append((now, text))

    def receive(self, event: Event) -> None:
        """Let the exchange receive an event, and take what it does."""
        self.got(self.bench.engine.receive(self.connection, event, self.bench.now), self.bench.now)

    def say(self, message: Any) -> list[Any]:
        """Send a text, or an object as JSON; return the texts that answer it."""
        before = len(self.texts)
        self.receive(Text(message if isinstance(message, str) else json.dumps(message)))
        return [text for _, text in self.texts[before:]]

    @property
    def frames(self) -> list[Any]:
        return [json.loads(text) for _, text in self.texts]


C = TypeVar("C", bound=Client)


class Bench(Generic[C]):
    """An engine with a clock, one profile's facts changed on request."""

    exchange_class: type[Any]
    profile: Callable[[str | None], Any]
    client_class: type[C]
    target = "/"
    market: Market
    now = T0

    def __init__(
        self,
        market: Market | None = None,
        now: int | None = None,
        *,
        limits: bool = True,
        date: str | None = None,
        **facts: Any,
    ) -> None:
        self.market = self.market if market is None else market
        self.now = self.now if now is None else now
        self.journal = Journal()
        made = replace(type(self).profile(date), **facts)
        self.exchange = self.exchange_class(self.market, self.journal, made, limits=limits)
        self.engine = Engine(self.exchange)
        self.clients: list[C] = []

    def open(self, target: str | None = None, *, answers_pings: bool = True, **headers: str) -> C:
        """Connect; the handshake must pass."""
        answer = self.handshake(target, **headers)
        assert not isinstance(answer, Response), answer
        connection, actions = answer
        client = self.client_class(self, connection, answers_pings)
        self.clients.append(client)
        client.got(actions, self.now)
        return client

    def leave(self, client: C) -> None:
        """Let a client be gone, if it is not yet, and forget it."""
        self.engine.lost(client.connection, self.now)
        self.clients.remove(client)

    def handshake(
        self, target: str | None = None, *, client: str = "127.0.0.1", **headers: str
    ) -> tuple[Connection, list[Action]] | Response:
        path, _, query = (self.target if target is None else target).partition("?")
        answer = self.engine.connect(Request("GET", path, query, headers, client=client), self.now)
        assert not isinstance(answer, Drop), answer
        return answer

    def get(
        self, path: str, query: str = "", method: str = "GET", secure: bool = False, **headers: str
    ) -> Response:
        """Ask over REST; underscores in header names are dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.engine.request(Request(method, path, query, named, secure=secure), self.now)
        assert not isinstance(answer, Drop), answer
        return answer

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
