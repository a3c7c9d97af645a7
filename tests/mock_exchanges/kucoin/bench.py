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
from mock_exchanges.kucoin import KuCoinExchange
from mock_exchanges.kucoin.profile import profile

# 2026-07-25 17:20 UTC, a whole minute and no whole hour.
T0 = 1_785_000_000_000
MINUTE = 60_000


def pair(base: str, quote: str = "USDT", **other: Any) -> Pair:
    """Make a pair of middling size."""
    given: dict[str, Any] = {
        "price": Decimal("35010.1"),
        "price_digits": 1,
        "volume_digits": 4,
        "volume_per_minute": Decimal(3),
        "listed": date(2019, 2, 18),
    } | other
    return Pair(base=base, quote=quote, **given)


PAIRS = (
    pair("BTC", quiet=0.0),
    pair("ETH", "BTC", price=Decimal("0.04887"), price_digits=5, volume_digits=3, quiet=0.0,
         trades_per_minute=50, volume_per_minute=Decimal(20)),
    pair("POWR", price=Decimal("0.2316"), price_digits=4, volume_digits=1, quiet=0.7,
         volume_per_minute=Decimal(1600), trades_per_minute=8),
    pair("SHIB", price=Decimal("0.00002345"), price_digits=8, volume_digits=0,
         volume_per_minute=Decimal(900_000_000)),
)  # fmt: skip
MARKET = Market(7, PAIRS)
BTC = "/market/candles:BTC-USDT_1min"
POWR = "/market/candles:POWR-USDT_1min"


class Bench:
    """An engine with a clock, one profile's facts changed on request."""

    def __init__(
        self,
        market: Market = MARKET,
        now: int = T0,
        *,
        day: str | None = None,
        limits: bool = True,
        **facts: Any,
    ) -> None:
        self.market = market
        self.now = now
        self.journal = Journal()
        made = replace(profile(day), **facts)
        self.exchange = KuCoinExchange(market, self.journal, made, limits=limits)
        self.engine = Engine(self.exchange)
        self.clients: list[Client] = []

    def bullet(self, secure: bool = False, **headers: str) -> Any:
        """Return the data of bullet-public."""
        asked = Request("POST", "/api/v1/bullet-public", headers=headers, secure=secure)
        body = json.loads(self.engine.request(asked, self.now).body)
        assert body["code"] == "200000"
        return body["data"]

    def token(self) -> str:
        return str(self.bullet()["token"])

    def open(self, target: str | None = None, *, pings: bool = False) -> Client:
        """Connect, by default with a new token and connectId c-17; no HTTP refusal may come.

        With ``pings`` the client pings every 18 seconds by itself.
        """
        if target is None:
            target = f"/?token={self.token()}&connectId=c-17"
        answer = self.handshake(target)
        assert not isinstance(answer, Response), answer
        connection, actions = answer
        client = Client(self, connection, pings)
        self.clients.append(client)
        client.got(actions, self.now)
        return client

    def handshake(self, target: str) -> tuple[Connection, list[Action]] | Response:
        path, _, query = target.partition("?")
        return self.engine.connect(Request("GET", path, query), self.now)

    def get(self, path: str, query: str = "", method: str = "GET", **headers: str) -> Response:
        return self.engine.request(Request(method, path, query, headers), self.now)

    def candles(self, query: str) -> list[list[str]]:
        """Return the rows of /api/v1/market/candles."""
        answer = self.get("/api/v1/market/candles", query)
        body = json.loads(answer.body)
        assert (answer.status, body["code"]) == (200, "200000"), body
        rows: list[list[str]] = body["data"]
        return rows

    def run(self, until: int) -> None:
        """Let time pass."""
        while True:
            dues = [due for due in (self.engine.next_due(),) if due is not None]
            dues += [c.ping_at for c in self.clients if c.pings and c.connection.open]
            if not dues or min(dues) > until:
                break
            self.now = min(dues)
            for connection, actions in self.engine.advance(self.now):
                for client in self.clients:
                    if client.connection is connection:
                        client.got(actions, self.now)
            for client in self.clients:
                if client.pings and client.ping_at <= self.now:
                    client.ping_at = self.now + 18_000
                    client.say({"id": "p", "type": "ping"})
        self.now = until

    def near_misses(self) -> list[str]:
        return [entry.text for entry in self.journal.of("near-miss")]


class Client:
    """One connection. ``texts`` holds (time, frame), ``pushes`` the decoded candles."""

    def __init__(self, bench: Bench, connection: Connection, pings: bool = False) -> None:
        self.bench = bench
        self.connection = connection
        self.pings = pings
        self.ping_at = bench.now + 18_000
        self.texts: list[tuple[int, str]] = []
        self.pongs: list[bytes] = []
        self.ended: tuple[Any, ...] | None = None

    def got(self, actions: list[Action], now: int) -> None:
        for action in actions:
            match action:
                case Send(text):
                    self.texts.append((now, text))
                case Pong(payload):
                    self.pongs.append(payload)
                case Close(code, reason):
                    self.ended = now, code, reason
                case Drop(how):
                    self.ended = now, how

    def receive(self, event: Event) -> None:
        self.got(self.bench.engine.receive(self.connection, event, self.bench.now), self.bench.now)

    def say(self, message: Any) -> list[str]:
        """Send a text, or an object as JSON; return the texts that answer it."""
        before = len(self.texts)
        self.receive(Text(message if isinstance(message, str) else json.dumps(message)))
        return [text for _, text in self.texts[before:]]

    def subscribe(self, topic: str, id: Any = "1", **other: Any) -> list[str]:
        asked = {"id": id, "type": "subscribe", "topic": topic, "privateChannel": False,
                 "response": True}  # fmt: skip
        return self.say({**asked, **other})

    @property
    def frames(self) -> list[Any]:
        return [json.loads(text) for _, text in self.texts]

    @property
    def pushes(self) -> list[Any]:
        return [frame for frame in self.frames if frame["type"] == "message"]
