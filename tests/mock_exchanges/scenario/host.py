"""A host program in memory: it connects, subscribes, answers pings, asks REST, comes back."""

from __future__ import annotations

import json

from mock_exchanges import registry
from mock_exchanges.core.actions import Action, Close, Drop, Ping, Ponged, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.faults.active import install
from mock_exchanges.scenario import Scenario

EPOCH_MS = 1_785_000_000_000
_AGAIN_MS = 1_000
_REST_EVERY_MS = 60_000


class Host:
    """One exchange's engine and one client of it, on a clock moved by hand.

    ``stale`` is the mistake to go on with the token of the first connection.
    """

    def __init__(
        self, exchange: str, scenario: Scenario, seed: int, rest: str, stale: bool = False
    ) -> None:
        self._stale = stale
        names = registry.create(exchange, Market(seed)).samples.pairs
        self.market = Market(seed, pairs_named(names))
        self.journal = Journal()
        self.engine = Engine(registry.create(exchange, self.market, self.journal))
        self.samples = self.engine.exchange.samples
        self.now_ms = EPOCH_MS
        self._rest = rest
        self._connection: Connection | None = None
        self._connect_at = EPOCH_MS
        self._rest_at = EPOCH_MS + _REST_EVERY_MS
        self._ping_at = EPOCH_MS
        self._pings = 0
        for number, fault in enumerate(scenario.faults, 1):
            install(fault, self.engine, number, seed, EPOCH_MS)
        for edit in scenario.market:
            edit.apply(self.market, EPOCH_MS)

    def run(self, seconds: float) -> bytes:
        """Let time pass; return the journal's bytes."""
        end_ms = self.now_ms + round(seconds * 1000)
        while True:
            due = min(self._own_due(), self.engine.next_due() or end_ms + 1)
            if due > end_ms:
                return self.journal.bytes()
            self.now_ms = max(self.now_ms, due)
            for connection, actions in self.engine.advance(self.now_ms):
                self._hear(connection, actions)
            self._act()

    def _own_due(self) -> int:
        due = self._rest_at
        if self._connection is None:
            return min(due, self._connect_at)
        return min(due, self._ping_at) if self.samples.ping_every_s else due

    def _act(self) -> None:
        if self.now_ms >= self._rest_at:
            self._rest_at += _REST_EVERY_MS
            path, _, query = self._rest.partition("?")
            self.engine.request(Request("GET", path, query), self.now_ms)
        if self._connection is None:
            if self.now_ms >= self._connect_at:
                self._connect()
        elif self.samples.ping_every_s and self.now_ms >= self._ping_at:
            self._pings += 1
            self._ping_at = self.now_ms + round(self.samples.ping_every_s * 1000)
            self._say(self.samples.ping(self._pings))

    def _connect(self) -> None:
        self._connect_at = self.now_ms + _AGAIN_MS
        if self.engine.arrival(self.now_ms) is not None:
            return
        path, query = self.samples.handshake(EPOCH_MS if self._stale else self.now_ms)
        made = self.engine.connect(Request("GET", path, query), self.now_ms)
        if not isinstance(made, tuple):
            return
        self._connection, actions = made
        self._ping_at = self.now_ms + round(self.samples.ping_every_s * 1000)
        self._hear(self._connection, actions)
        pair, interval = self.samples.pairs[0], self.samples.usual
        for text in (
            *self.samples.login(self.now_ms),
            self.samples.subscription(pair, interval),
            *self.samples.opening(),
        ):
            self._say(text)

    def _say(self, text: str) -> None:
        if self._connection is not None:
            connection = self._connection
            self._hear(connection, self.engine.receive(connection, Text(text), self.now_ms))

    def _hear(self, connection: Connection, actions: list[Action]) -> None:
        if connection is not self._connection:
            return
        for action in actions:
            match action:
                case Ping(payload):
                    heard = self.engine.receive(connection, Ponged(payload), self.now_ms)
                    self._hear(connection, heard)
                case Send(text) if text.startswith('{"op":"ping"'):
                    self._say(json.dumps({"op": "pong", "ts": json.loads(text)["ts"]}))
                case Close() | Drop():
                    self._connection = None
                    self._connect_at = self.now_ms + _AGAIN_MS
