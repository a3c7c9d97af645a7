"""A client on an engine in memory: what it sent, what it got, on a clock of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from mock_exchanges.core.actions import Action, Close, Drop, Event, Pong, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair
from mock_exchanges.okx import OKXExchange
from mock_exchanges.okx.profile import BUSINESS, profile

# 2026-07-25 17:20 UTC, a whole minute and no whole hour.
T0 = 1_785_000_000_000
MINUTE = 60_000
CANDLES, HISTORY = "/api/v5/market/candles", "/api/v5/market/history-candles"


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
    pair("BTC"),
    pair("ETH", price=Decimal("3140.00"), trades_per_minute=50, quiet=0.0),
    pair("XYZ", price=Decimal("0.2316"), price_digits=4, volume_digits=1, quiet=0.7,
         volume_per_minute=Decimal(1600), trades_per_minute=8),
    pair("SHIB", price=Decimal("0.00002345"), price_digits=8, volume_digits=0,
         volume_per_minute=Decimal(900_000_000)),
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
        self.exchange = OKXExchange(market, self.journal, made, limits=limits)
        self.engine = Engine(self.exchange)
        self.clients: list[Client] = []

    def open(self, target: str = BUSINESS) -> Client:
        """Connect; the handshake must pass."""
        answer = self.handshake(target)
        assert not isinstance(answer, Response), answer
        connection, actions = answer
        client = Client(self, connection)
        self.clients.append(client)
        client.got(actions, self.now)
        return client

    def handshake(
        self, target: str = BUSINESS, client: str = "127.0.0.1"
    ) -> tuple[Connection, list[Action]] | Response:
        path, _, query = target.partition("?")
        return self.engine.connect(Request("GET", path, query, client=client), self.now)

    def get(self, path: str, query: str = "", method: str = "GET") -> Response:
        """Ask over REST."""
        return self.engine.request(Request(method, path, query), self.now)

    def rows(self, query: str, path: str = HISTORY) -> list[list[str]]:
        """Return the rows of an answer that has some."""
        body = json.loads(self.get(path, query).body)
        assert (body["code"], body["msg"]) == ("0", "")
        rows: list[list[str]] = body["data"]
        return rows

    def times(self, query: str, path: str = HISTORY) -> list[int]:
        """Return the open times of an answer, in its order."""
        return [int(row[0]) for row in self.rows(query, path)]

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
        self.dropped: int | None = None

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
                case Drop():
                    self.dropped = now

    def receive(self, event: Event) -> None:
        self.got(self.bench.engine.receive(self.connection, event, self.bench.now), self.bench.now)

    def say(self, message: Any) -> list[str]:
        """Send a text, or an object as JSON; return the texts that answer it."""
        before = len(self.texts)
        self.receive(Text(message if isinstance(message, str) else json.dumps(message)))
        return [text for _, text in self.texts[before:]]

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
