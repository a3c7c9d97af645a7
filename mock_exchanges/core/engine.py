"""The engine: one exchange, its connections, its streams and faults, without I/O.

An I/O shell tells it what arrived and when, performs the actions it returns, and
calls `advance` when `next_due` says so. Everything passes through the journal.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Protocol

from mock_exchanges.core.actions import (
    Action,
    Binary,
    Close,
    Drop,
    Event,
    Ping,
    Pinged,
    Pong,
    Ponged,
    Send,
    Text,
)
from mock_exchanges.core.exchange import Exchange, Session
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.hub import Hub
from mock_exchanges.core.journal import Journal, Kind


class Fault(Protocol):
    """Something that goes wrong on command, between the exchange and the client."""

    def on_request(self, request: Request, now_ms: int) -> Response | None:
        """Return an answer in place of the exchange's, or None to let it answer."""

    def on_connect(self, request: Request, now_ms: int) -> Response | None:
        """Return a refusal of a handshake, or None to let the exchange decide."""

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        """Return what is really sent in place of ``actions``."""


class Connection:
    """One WebSocket connection; ``number`` counts from 1 in order of handshakes."""

    __slots__ = ("number", "open", "opened_ms", "request", "session")

    def __init__(self, number: int, session: Session, request: Request, now_ms: int) -> None:
        self.number = number
        self.session = session
        self.request = request
        self.opened_ms = now_ms
        self.open = True


class _Link:
    """What one session sees of the engine."""

    __slots__ = ("_engine", "_number")

    def __init__(self, engine: Engine, number: int) -> None:
        self._engine = engine
        self._number = number

    @property
    def hub(self) -> Hub:
        return self._engine.hub

    def near_miss(self, now_ms: int, text: str) -> None:
        self._engine.journal.add(now_ms, "near-miss", self._number, text)


Batch = list[tuple[Connection, list[Action]]]


class Engine:
    """Runs one exchange. Single-threaded: the shell calls it from one loop."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.journal: Journal = exchange.journal
        self.hub = Hub(exchange.stream)
        self.faults: list[Fault] = []
        self.connections: dict[int, Connection] = {}
        self.accepted = 0
        self._timers: list[tuple[int, int]] = []
        self._armed: dict[int, int] = {}
        self._by_session: dict[int, Connection] = {}

    def request(self, request: Request, now_ms: int) -> Response:
        """Answer a REST request."""
        self.journal.add(now_ms, "request", 0, f"{request.method} {request.target}")
        response = self._faulted_request(request, now_ms) or self.exchange.request(request, now_ms)
        body = response.body.decode("utf-8", "replace")
        self.journal.add(now_ms, "response", 0, f"{response.status} {body[:400]}")
        return response

    def connect(self, request: Request, now_ms: int) -> tuple[Connection, list[Action]] | Response:
        """Answer a handshake: a connection with the first actions, or a refusal."""
        number = self.accepted + 1
        for fault in self.faults:
            refusal = fault.on_connect(request, now_ms)
            if refusal is not None:
                return self._refuse(refusal, request.target, now_ms)
        session = self.exchange.connect(request, _Link(self, number), now_ms)
        if isinstance(session, Response):
            return self._refuse(session, request.target, now_ms)
        self.accepted = number
        connection = Connection(number, session, request, now_ms)
        self.connections[number] = connection
        self._by_session[id(session)] = connection
        self.journal.add(now_ms, "connect", number, request.target)
        return connection, self._leave(connection, session.opened(now_ms), now_ms)

    def receive(self, connection: Connection, event: Event, now_ms: int) -> list[Action]:
        """Hand a client's frame to its session; return what to send."""
        if not connection.open:
            return []
        self.journal.add(now_ms, *_incoming(connection.number, event))
        return self._leave(connection, connection.session.received(event, now_ms), now_ms)

    def lost(self, connection: Connection, now_ms: int, why: str = "") -> None:
        """The client closed, or the connection broke."""
        if connection.open:
            self.journal.add(now_ms, "lost", connection.number, why)
            self._end(connection)

    def end(self, connection: Connection, action: Close | Drop, now_ms: int) -> list[Action]:
        """End a connection from the exchange's side, now."""
        if not connection.open:
            return []
        return self._leave(connection, [action], now_ms, faulted=False)

    def next_due(self) -> int | None:
        """Return when `advance` wants to be called next (epoch milliseconds)."""
        while self._timers and self._armed.get(self._timers[0][1]) != self._timers[0][0]:
            heapq.heappop(self._timers)
        dues = [self._timers[0][0]] if self._timers else []
        published = self.hub.next_due()
        if published is not None:
            dues.append(published)
        return min(dues, default=None)

    def advance(self, now_ms: int) -> Batch:
        """Do what is due up to ``now_ms``; return what to send, in order."""
        batch: Batch = []
        while (due := self.next_due()) is not None and due <= now_ms:
            while self._timers and self._timers[0][0] <= due:
                at_ms, number = heapq.heappop(self._timers)
                if self._armed.get(number) != at_ms:
                    continue
                del self._armed[number]
                connection = self.connections[number]
                batch.append(
                    (connection, self._leave(connection, connection.session.tick(due), due))
                )
            batch.extend(self._publish(due))
        return [(connection, actions) for connection, actions in batch if actions]

    def _publish(self, due: int) -> Batch:
        batch: Batch = []
        for listener, topic, message in self.hub.publish(due):
            connection = self._by_session.get(id(listener))
            if connection is not None:
                actions = listener.deliver(topic, message, due)
                batch.append((connection, self._leave(connection, actions, due)))
        return batch

    def _faulted_request(self, request: Request, now_ms: int) -> Response | None:
        for fault in self.faults:
            response = fault.on_request(request, now_ms)
            if response is not None:
                return response
        return None

    def _refuse(self, response: Response, target: str, now_ms: int) -> Response:
        body = response.body.decode("utf-8", "replace")
        self.journal.add(now_ms, "refuse", 0, f"{target}: HTTP {response.status} {body[:200]}")
        return response

    def _leave(
        self, connection: Connection, actions: list[Action], now_ms: int, faulted: bool = True
    ) -> list[Action]:
        """Pass actions through the faults into the journal; end what they end."""
        if faulted:
            for fault in self.faults:
                actions = fault.on_actions(connection, actions, now_ms)
        sent = []
        for action in actions:
            sent.append(action)
            self.journal.add(now_ms, *_outgoing(connection.number, action))
            if isinstance(action, (Close, Drop)):
                self._end(connection)
                return sent
        self._arm(connection)
        return sent

    def _arm(self, connection: Connection) -> None:
        due = connection.session.due()
        if due is None:
            self._armed.pop(connection.number, None)
        elif self._armed.get(connection.number) != due:
            self._armed[connection.number] = due
            heapq.heappush(self._timers, (due, connection.number))

    def _end(self, connection: Connection) -> None:
        connection.open = False
        connection.session.ended()
        self._armed.pop(connection.number, None)
        self.connections.pop(connection.number, None)
        self._by_session.pop(id(connection.session), None)


def _incoming(number: int, event: Event) -> tuple[Kind, int, str]:
    match event:
        case Text(text):
            return "in", number, text
        case Binary(data):
            return "in", number, f"binary, {len(data)} bytes"
        case Pinged(payload):
            return "pinged", number, payload.decode("utf-8", "replace")
        case Ponged(payload):
            return "ponged", number, payload.decode("utf-8", "replace")


def _outgoing(number: int, action: Action) -> tuple[Kind, int, str]:
    match action:
        case Send(text):
            return "out", number, text
        case Ping(payload):
            return "ping", number, payload.decode("utf-8", "replace")
        case Pong(payload):
            return "pong", number, payload.decode("utf-8", "replace")
        case Close(code, reason):
            return "close", number, f"{code} {reason}".rstrip()
        case Drop(how):
            return "drop", number, how


def frames(actions: Iterable[Action]) -> list[str]:
    """Return the texts among actions (for code that runs an engine in memory)."""
    return [action.text for action in actions if isinstance(action, Send)]
