"""The engine: one exchange, its connections, its streams and faults, without I/O.

An I/O shell tells it what arrived and when, performs the actions it returns, and
calls `advance` when `next_due` says so. Everything passes through the journal.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence

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
    Raw,
    Send,
    Text,
)
from mock_exchanges.core.exchange import Exchange, Session
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.hub import Hub
from mock_exchanges.core.interference import BadTls, Batch, Delivery, Interference
from mock_exchanges.core.journal import Journal, Kind


class Connection:
    """One WebSocket connection; ``number`` counts from 1 in order of handshakes.

    ``ending`` is how the exchange ended it, if it did: a fault may keep the client from
    hearing so, and then the connection stays open, with no session behind it. A fault
    may set ``accept_after_ms`` (how late the handshake is answered), ``compressed``
    (messages are, if the client offers it) and ``deaf`` (not even a close is answered).
    """

    __slots__ = (
        "accept_after_ms", "compressed", "deaf", "ending", "number", "open", "opened_ms",
        "request", "session",
    )  # fmt: skip

    def __init__(self, number: int, session: Session, request: Request, now_ms: int) -> None:
        self.number = number
        self.session = session
        self.request = request
        self.opened_ms = now_ms
        self.open = True
        self.ending: Close | Drop | None = None
        self.accept_after_ms = 0
        self.compressed = False
        self.deaf = False


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
        self._engine.journal.add(self._engine.true_time(now_ms), "near-miss", self._number, text)


class Engine:
    """Runs one exchange. Single-threaded: the shell calls it from one loop.

    All times that pass here are the true ones. The exchange itself, its sessions and
    streams live on a clock that a fault may set wrong (`Interference.skew_ms`).
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.journal: Journal = exchange.journal
        self.hub = Hub(exchange.stream)
        self.connections: dict[int, Connection] = {}
        self.accepted = 0
        self._faults: list[Interference] = []
        self._skew_ms = 0
        # whether what leaves now is a stream's message, which `on_delivery` has seen
        self.delivering = False
        self._timers: list[tuple[int, int]] = []
        self._armed: dict[int, int] = {}
        self._by_session: dict[int, Connection] = {}

    # -- what arrives

    def arrival(self, now_ms: int) -> Drop | None:
        """A client opened a TCP connection: return how it ends at once, or None."""
        for fault in self._faults:
            drop = fault.on_arrival(now_ms)
            if drop is not None:
                self.journal.add(now_ms, "refuse", 0, f"connection: {drop.how}")
                return drop
        return None

    def tls(self, now_ms: int) -> BadTls | None:
        """A client begins a TLS handshake: return how it fails, or None."""
        for fault in self._faults:
            bad = fault.on_tls(now_ms)
            if bad is not None:
                self.journal.add(now_ms, "refuse", 0, f"TLS handshake: {bad}")
                return bad
        return None

    def request(self, request: Request, now_ms: int) -> Response | Drop:
        """Answer a REST request, or end the connection without an answer."""
        self.journal.add(now_ms, "request", 0, f"{request.method} {request.target}")
        answer = self._faulted_request(request, now_ms)
        if answer is None:
            answer = self.exchange.request(request, now_ms + self._skew_ms)
        if isinstance(answer, Drop):
            self.journal.add(now_ms, "drop", 0, f"{answer.how}: {request.target}")
            return answer
        for fault in tuple(self._faults):
            answer = fault.on_response(request, answer, now_ms)
        body = answer.body.decode("utf-8", "replace")
        self.journal.add(now_ms, "response", 0, f"{answer.status} {body}")
        return answer

    def connect(
        self, request: Request, now_ms: int
    ) -> tuple[Connection, list[Action]] | Response | Drop:
        """Answer a handshake: a connection with the first actions, or a refusal."""
        number = self.accepted + 1
        heard = request
        for fault in tuple(self._faults):
            instead = fault.on_connect(heard, number, now_ms)
            if isinstance(instead, Request):
                heard = instead
            elif instead is not None:
                return self._refuse(instead, request.target, now_ms)
        there_ms = now_ms + self._skew_ms
        session = self.exchange.connect(heard, _Link(self, number), there_ms)
        if isinstance(session, (Response, Drop)):
            return self._refuse(session, request.target, now_ms)
        self.accepted = number
        connection = Connection(number, session, request, now_ms)
        self.connections[number] = connection
        self._by_session[id(session)] = connection
        self.journal.add(now_ms, "connect", number, request.target)
        for fault in tuple(self._faults):
            fault.on_opened(connection, now_ms)
        # A fault that began just now may have set the clock.
        there_ms = now_ms + self._skew_ms
        return connection, self._leave(connection, session.opened(there_ms), now_ms)

    def receive(self, connection: Connection, event: Event, now_ms: int) -> list[Action]:
        """Hand a client's frame to its session; return what to send."""
        if not connection.open:
            return []
        self.journal.add(now_ms, *_incoming(connection.number, event))
        heard: Event | None = event
        for fault in tuple(self._faults):
            if heard is not None:
                heard = fault.on_event(connection, heard, now_ms)
        if heard is None or connection.ending is not None:
            return []
        actions = connection.session.received(heard, now_ms + self._skew_ms)
        return self._leave(connection, actions, now_ms)

    def lost(self, connection: Connection, now_ms: int, why: str = "") -> None:
        """The client closed, or the connection broke."""
        if connection.open:
            self.journal.add(now_ms, "lost", connection.number, why)
            self._end(connection, now_ms)

    def end(self, connection: Connection, action: Close | Drop, now_ms: int) -> list[Action]:
        """End a connection from the exchange's side, now, past all faults."""
        if not connection.open:
            return []
        return self._emit(connection, [action], now_ms)

    # -- faults

    @property
    def faults(self) -> Sequence[Interference]:
        """What is in force, in the order in which it acts."""
        return tuple(self._faults)

    def add_fault(self, fault: Interference, now_ms: int) -> None:
        """Let something go wrong from now on.

        Raises ValueError if it is in force already, or cannot be at this exchange.
        """
        if fault in self._faults:
            raise ValueError(f"{fault!r} is in force already; expected a new one")
        self._faults.append(fault)
        try:
            fault.began(tuple(self.connections.values()), now_ms)
        except BaseException:
            self._faults.remove(fault)
            raise
        self._reset_clock(now_ms)

    def remove_fault(self, fault: Interference, now_ms: int) -> Batch:
        """Let it go right again; return what was held back. Raises ValueError if not in force."""
        position = self._faults.index(fault)
        del self._faults[position]
        self._reset_clock(now_ms)
        batch = self._past(fault.removed(now_ms), position, now_ms)
        # Nobody keeps these connections open any more.
        for connection in tuple(self.connections.values()):
            if connection.ending is not None:
                batch.append((connection, self._leave(connection, [connection.ending], now_ms)))
        return [(connection, actions) for connection, actions in batch if actions]

    def true_time(self, there_ms: int) -> int:
        """Return the true time at a time of the exchange's own clock."""
        return there_ms - self._skew_ms

    def exchange_time(self, now_ms: int) -> int:
        """Return the time of the exchange's own clock."""
        return now_ms + self._skew_ms

    # -- time

    def next_due(self) -> int | None:
        """Return when `advance` wants to be called next (epoch milliseconds)."""
        timers = self._timers
        while timers and self._armed.get(timers[0][1]) != timers[0][0]:
            heapq.heappop(timers)
        next_ms = timers[0][0] if timers else None
        published = self.hub.next_due()
        if published is not None and (next_ms is None or published < next_ms):
            next_ms = published
        if next_ms is not None:
            next_ms -= self._skew_ms
        for fault in self._faults:
            due = fault.due()
            if due is not None and (next_ms is None or due < next_ms):
                next_ms = due
        return next_ms

    def advance(self, now_ms: int) -> Batch:
        """Do what is due up to ``now_ms``; return what to send, in order."""
        batch: Batch = []
        while (due := self.next_due()) is not None and due <= now_ms:
            while self._timers and self._timers[0][0] <= due + self._skew_ms:
                at_ms, number = heapq.heappop(self._timers)
                if self._armed.get(number) != at_ms:
                    continue
                del self._armed[number]
                connection = self.connections[number]
                ticked = connection.session.tick(due + self._skew_ms)
                batch.append((connection, self._leave(connection, ticked, due)))
            batch.extend(self._publish(due))
            for fault in tuple(self._faults):
                at = fault.due()
                if at is not None and at <= due and fault in self._faults:
                    ticked_batch = fault.tick(due)
                    self._reset_clock(due)
                    batch.extend(self._past(ticked_batch, self._faults.index(fault) + 1, due))
        return [(connection, actions) for connection, actions in batch if actions]

    def _publish(self, due: int) -> Batch:
        batch: Batch = []
        for listener, topic, message in self.hub.publish(due + self._skew_ms):
            connection = self._by_session.get(id(listener))
            if connection is None:
                continue
            messages: Iterable[str] = (message,)
            if self._faults:
                messages = self._faulted_messages(connection, topic, message, due)
            self.delivering = True
            for each in messages:
                actions = listener.deliver(topic, each, due + self._skew_ms)
                batch.append((connection, self._leave(connection, actions, due)))
            self.delivering = False
        return batch

    def delivered(
        self, connection: Connection, topic: str, message: str, now_ms: int
    ) -> list[Action]:
        """Return what a connection sends for a message of a topic, before any fault.

        Nothing if the connection is over or has left the topic.
        """
        if connection.ending is not None or not self.hub.listens(topic, connection.session):
            return []
        return connection.session.deliver(topic, message, now_ms + self._skew_ms)

    # -- what leaves

    def _faulted_messages(
        self, connection: Connection, topic: str, message: str, now_ms: int
    ) -> list[str]:
        stream = self.hub.stream(topic)
        messages = [message]
        if stream is None:
            return messages
        for fault in tuple(self._faults):
            messages = [
                said
                for each in messages
                for said in fault.on_delivery(Delivery(connection, topic, stream, each), now_ms)
            ]
        return messages

    def _faulted_request(self, request: Request, now_ms: int) -> Response | Drop | None:
        for fault in tuple(self._faults):
            answer = fault.on_request(request, now_ms)
            if answer is not None:
                return answer
        return None

    def _refuse(self, refusal: Response | Drop, target: str, now_ms: int) -> Response | Drop:
        if isinstance(refusal, Drop):
            said = f"{refusal.how}, no answer"
        else:
            said = f"HTTP {refusal.status} {refusal.body.decode('utf-8', 'replace')}".rstrip()
        self.journal.add(now_ms, "refuse", 0, f"{target}: {said}")
        return refusal

    def _past(self, batch: Batch, position: int, now_ms: int) -> Batch:
        """Pass what a fault sends by itself through the faults from ``position`` on."""
        return [
            (connection, self._leave(connection, actions, now_ms, position))
            for connection, actions in batch
            if connection.open
        ]

    def _leave(
        self, connection: Connection, actions: list[Action], now_ms: int, position: int = 0
    ) -> list[Action]:
        """Pass actions through the faults from ``position`` on, and emit them."""
        if self._faults:
            for action in actions:
                if isinstance(action, (Close, Drop)):
                    self._finish(connection, action)
            for fault in tuple(self._faults)[position:]:
                actions = fault.on_actions(connection, actions, now_ms)
        return self._emit(connection, actions, now_ms)

    def _emit(self, connection: Connection, actions: list[Action], now_ms: int) -> list[Action]:
        """Write actions into the journal; end what they end."""
        sent = []
        for action in actions:
            sent.append(action)
            self.journal.add(now_ms, *_outgoing(connection.number, action))
            if isinstance(action, (Close, Drop)):
                self._end(connection, now_ms)
                return sent
        if connection.ending is None:
            self._arm(connection)
        return sent

    def _arm(self, connection: Connection) -> None:
        due = connection.session.due()
        if due is None:
            self._armed.pop(connection.number, None)
        elif self._armed.get(connection.number) != due:
            self._armed[connection.number] = due
            heapq.heappush(self._timers, (due, connection.number))

    def _finish(self, connection: Connection, action: Close | Drop) -> None:
        """The session is over; the connection is open until the action leaves."""
        if connection.ending is None:
            connection.ending = action
            connection.session.ended()
            self._armed.pop(connection.number, None)
            self._by_session.pop(id(connection.session), None)

    def _end(self, connection: Connection, now_ms: int) -> None:
        connection.open = False
        if connection.ending is None:
            self._finish(connection, Drop())
        self.connections.pop(connection.number, None)
        for fault in tuple(self._faults):
            fault.on_lost(connection, now_ms)

    def _reset_clock(self, now_ms: int) -> None:
        """Set the exchange's clock by the faults in force."""
        skew_ms = sum(fault.skew_ms for fault in self._faults)
        by_ms = skew_ms - self._skew_ms
        if not by_ms:
            return
        self._skew_ms = skew_ms
        self.hub.skip(now_ms + skew_ms)
        for connection in self.connections.values():
            if connection.ending is None:
                # Nobody was silent for longer because a clock was set.
                connection.session.moved(by_ms)
                self._arm(connection)


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
        case Raw(data, text):
            return ("out", number, text) if text else ("bytes", number, f"{len(data)} bytes")
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
