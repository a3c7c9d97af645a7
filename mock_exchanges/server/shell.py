"""The shell: HTTP and WebSocket in, the engine's actions out, one timer for everything."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from itertools import count
from typing import Protocol

from aiohttp import WSCloseCode, WSMsgType, web

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
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.frames import (
    close_frame,
    empty_close_frame,
    message_frames,
    ping_frame,
    pong_frame,
    text_frame,
)
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.interference import BadTls, Batch
from mock_exchanges.server.clock import LoopClock, Timer
from mock_exchanges.server.wire import Wire, end_transport

MAX_MESSAGE_BYTES = 1 << 20
UNSENT_LIMIT_BYTES = 4 << 20
_GOODBYE = "the mock exchange stops"

_log = logging.getLogger("mock_exchanges")


class Control(Protocol):
    """What answers on paths that are no exchange's."""

    def is_for(self, path: str) -> bool:
        """Return whether a path is its own."""

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""


class Shell:
    """Carries one engine over aiohttp connections of one event loop.

    ``failure`` holds the first exception out of the engine, ``first_failure`` that of any
    engine it had: a mock that broke must not pass for a quiet exchange. It cuts off who is
    connected, and answers 500, until it goes on with another engine.
    """

    def __init__(
        self, engine: Engine, clock: LoopClock, *, unsent_limit: int = UNSENT_LIMIT_BYTES
    ) -> None:
        self.engine = engine
        self.failure: Exception | None = None
        self.first_failure: Exception | None = None
        # what answers on the control API's paths, if anything
        self.control: Control | None = None
        self._clock = clock
        clock.changed = self.clock_changed
        self._loop = asyncio.get_running_loop()
        self._unsent_limit = unsent_limit
        self._wires: dict[int, Wire] = {}
        self._timer: Timer | None = None
        self._armed_ms: int | None = None
        self._stopped = False
        self._date = (-1, "")
        self._waits: list[tuple[int, int, asyncio.Future[None]]] = []
        self._tickets = count()

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request; a handshake is answered for as long as it lives."""
        if self.control is not None and self.control.is_for(http.raw_path.partition("?")[0]):
            return await self.control.handle(http)
        if self.failure is not None:
            return web.Response(status=500, text=f"{self._broken()}\n")
        if "websocket" in http.headers.get("Upgrade", "").lower():
            return await self._websocket(http)
        body = await http.read() if http.body_exists else b""
        with self._engine_now() as now_ms:
            answer = self.engine.request(_request(http, body), now_ms)
        return await self._answer(http, answer)

    def arrived(self, transport: asyncio.Transport) -> bool:
        """A client opened a TCP connection: end it at once, if it is to end; tell whether."""
        if self._stopped or self.failure is not None:
            return False
        with self._engine_now() as now_ms:
            drop = self.engine.arrival(now_ms)
        if drop is not None:
            end_transport(transport, drop.how)
        return drop is not None

    def bad_tls(self) -> BadTls | None:
        """A client begins a TLS handshake: return how it is to fail, if it is."""
        if self.failure is not None:
            return None
        with self._engine_now() as now_ms:
            return self.engine.tls(now_ms)

    def change(self, act: Callable[[int], Batch]) -> None:
        """Call what changes the engine, with the time; send what it returns."""
        with self._engine_now() as now_ms:
            self._perform(act(now_ms))
            if not self.engine.faults:
                # Only faults make answers late: nobody holds these back any more.
                self._answer_now()

    def renew(self, engine: Engine) -> None:
        """Go on with another engine; whoever is connected is cut off."""
        for wire in self._wires.values():
            wire.abort()
        self._answer_now()
        self._cancel_timer()
        self.engine = engine
        self.failure = None

    def clock_changed(self) -> None:
        """The clock was set: do what is due by now, and wait for what comes next."""
        now_ms = self._clock.now_ms()
        self.engine.journal.add(now_ms, "clock", 0, f"rate {self._clock.rate:g}")
        self._cancel_timer()
        if not self._stopped and self.failure is None:
            self._advance(now_ms)

    def end_connections(self, action: Close | Drop, number: int | None = None) -> int:
        """End every open connection, or one, from the exchange's side; return how many."""
        connections = [
            each for each in self.engine.connections.values() if number in (None, each.number)
        ]
        with self._engine_now() as now_ms:
            batch = [(each, self.engine.end(each, action, now_ms)) for each in connections]
            self._perform(batch)
        return len(connections)

    def stop(self) -> None:
        """Say goodbye to whoever is connected and end every connection now."""
        if self.failure is None:
            self.end_connections(Close(WSCloseCode.GOING_AWAY, _GOODBYE))
        self._stopped = True
        self._cancel_timer()
        for wire in self._wires.values():
            wire.end_now()

    async def _websocket(self, http: web.BaseRequest) -> web.StreamResponse:
        socket = _Socket(self)
        transport = http.transport
        if not socket.can_prepare(http).ok or transport is None:
            return web.Response(status=400, text="Bad WebSocket handshake")
        with self._engine_now() as now_ms:
            answer = self.engine.connect(_request(http, b""), now_ms)
        if not isinstance(answer, tuple):
            return await self._answer(http, answer)
        connection, first = answer
        socket = _Socket(self, compress=connection.compressed)
        wire = Wire(connection, transport, self._loop, list(first))
        self._wires[connection.number] = socket.wire = wire
        socket.headers.update(self._own_headers())
        why = "connection lost"
        try:
            if connection.accept_after_ms:
                await self._wait(connection.accept_after_ms)
                if http.transport is None:
                    return web.Response(status=444)  # the client did not wait
            await socket.prepare(http)
            wire.compressed = bool(socket.compress)
            actions, wire.backlog = wire.backlog or [], None
            self._perform([(connection, actions)])
            why = await self._serve(socket, connection, wire)
        finally:
            del self._wires[connection.number]
            wire.finished()
            self.lost(wire, why)
            wire.end_now()
        return socket

    async def _serve(self, socket: _Socket, connection: Connection, wire: Wire) -> str:
        """Hand frames to the engine until the connection ends; return why it did."""
        while True:
            message = await socket.receive()
            event: Event
            match message.type:
                case WSMsgType.TEXT:
                    event = Text(message.data)
                case WSMsgType.BINARY:
                    event = Binary(message.data)
                case WSMsgType.PING:
                    event = Pinged(bytes(message.data))
                case WSMsgType.PONG:
                    event = Ponged(bytes(message.data))
                case WSMsgType.CLOSE:
                    if connection.deaf:
                        await socket.gone.wait()
                        return "client gave up"
                    if connection.open:
                        code = message.data
                        wire.write(close_frame(code) if code else empty_close_frame())
                    return f"client closed {message.data or ''} {message.extra or ''}".rstrip()
                case _:
                    return "connection lost"
            with self._engine_now() as now_ms:
                actions = self.engine.receive(connection, event, now_ms)
                if actions:
                    self._perform([(connection, actions)])

    def lost(self, wire: Wire, why: str) -> None:
        """Tell the engine that a connection is gone; more than once does no harm."""
        if wire.connection.open:
            with self._engine_now() as now_ms:
                self.engine.lost(wire.connection, now_ms, why)

    def _perform(self, batch: Batch) -> None:
        """Send what the engine says: each text framed once, one write per connection."""
        frames: dict[str, bytes] = {}
        outboxes: dict[Wire, list[bytes]] = {}
        for connection, actions in batch:
            wire = self._wires.get(connection.number)
            if wire is None:
                continue
            if wire.backlog is not None:
                wire.backlog.extend(actions)
                continue
            outbox = outboxes.get(wire)
            if outbox is None:
                outbox = outboxes[wire] = []
            for action in actions:
                if isinstance(action, Send):
                    if wire.compressed or action.fragments > 1 or action.binary:
                        outbox.append(_shaped(action, wire.compressed))
                        continue
                    frame = frames.get(action.text)
                    if frame is None:
                        frame = frames[action.text] = text_frame(action.text)
                    outbox.append(frame)
                elif isinstance(action, Raw):
                    outbox.append(action.data)
                elif isinstance(action, Ping):
                    outbox.append(ping_frame(action.payload))
                elif isinstance(action, Pong):
                    outbox.append(pong_frame(action.payload))
                else:
                    self._flush(wire, outbox)
                    outbox.clear()
                    _end(wire, action)
        for wire, outbox in outboxes.items():
            self._flush(wire, outbox)

    def _flush(self, wire: Wire, outbox: list[bytes]) -> None:
        if not outbox:
            return
        unsent = wire.write(outbox[0] if len(outbox) == 1 else b"".join(outbox))
        if unsent > self._unsent_limit:
            # Exchanges drop who does not read; so no client can fill our memory.
            self.engine.lost(
                wire.connection, self._clock.now_ms(), f"does not read: {unsent} bytes unsent"
            )
            wire.abort()

    @contextmanager
    def _engine_now(self) -> Iterator[int]:
        """Yield the time for a call of the engine; what was due before is done first."""
        now_ms = self._clock.now_ms()
        if self._armed_ms is not None and self._armed_ms <= now_ms:
            self._advance(now_ms)
        try:
            yield now_ms
        except Exception as error:
            self._breaks(error)
            raise
        self._arm()

    def _arm(self) -> None:
        due_ms = None if self._stopped or self.failure else self._next_due()
        if due_ms == self._armed_ms:
            return
        self._cancel_timer()
        if due_ms is not None:
            self._armed_ms = due_ms
            self._timer = self._clock.call_at(due_ms, self._on_timer)

    def _next_due(self) -> int | None:
        due_ms = self.engine.next_due()
        if self._waits and (due_ms is None or self._waits[0][0] < due_ms):
            return self._waits[0][0]
        return due_ms

    async def _wait(self, delay_ms: int) -> None:
        """Wait for so long on the exchange's clock, whatever is done to that."""
        due_ms = self._clock.now_ms() + delay_ms
        over = self._loop.create_future()
        heapq.heappush(self._waits, (due_ms, next(self._tickets), over))
        self._arm()
        await over

    def _answer_now(self) -> None:
        """Let the answers that are late go out, in the order in which they were due."""
        for _, _, over in sorted(self._waits, key=lambda wait: wait[:2]):
            if not over.done():
                over.set_result(None)
        self._waits.clear()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._armed_ms = None

    def _on_timer(self) -> None:
        due_ms = self._armed_ms
        if due_ms is not None:
            self._advance(max(due_ms, self._clock.now_ms()))

    def _advance(self, now_ms: int) -> None:
        self._cancel_timer()
        try:
            self._perform(self.engine.advance(now_ms))
            while self._waits and self._waits[0][0] <= now_ms:
                over = heapq.heappop(self._waits)[2]
                if not over.done():
                    over.set_result(None)
        except Exception as error:
            self._breaks(error)
            raise
        self._arm()

    def _breaks(self, error: Exception) -> None:
        """Remember what came out of the engine, say so, and cut everybody off."""
        if self.failure is not None:
            return
        self.failure = error
        self.first_failure = self.first_failure or error
        self._cancel_timer()
        _log.error("%s", self._broken())
        for wire in self._wires.values():
            wire.abort()

    def _broken(self) -> str:
        error = self.failure
        return f"mock exchange {self.engine.exchange.name} broke: {type(error).__name__}: {error}"

    async def _answer(self, http: web.BaseRequest, answer: Response | Drop) -> web.StreamResponse:
        if isinstance(answer, Drop):
            if http.transport is not None:
                end_transport(http.transport, answer.how)
            # Never sent: there is no connection any more.
            return web.Response(status=444)
        if answer.after_ms:
            await self._wait(answer.after_ms)
        headers = {**self._own_headers(), **answer.headers}
        if answer.cut_after is None:
            return web.Response(status=answer.status, body=answer.body, headers=headers)
        headers["Content-Length"] = str(len(answer.body))
        cut = web.StreamResponse(status=answer.status, headers=headers)
        await cut.prepare(http)
        await cut.write(answer.body[: answer.cut_after])
        if http.transport is not None:
            http.transport.close()
        return cut

    def _own_headers(self) -> dict[str, str]:
        second = self.engine.exchange_time(self._clock.now_ms()) // 1000
        if self._date[0] != second:
            self._date = (second, formatdate(second, usegmt=True))
        return {"Date": self._date[1], "Server": "mock-exchanges"}


class _Socket(web.WebSocketResponse):
    """A WebSocketResponse that reads; writing is the wire's."""

    wire: Wire | None = None

    def __init__(self, shell: Shell, *, compress: bool = False) -> None:
        super().__init__(
            timeout=1.0,
            autoping=False,
            autoclose=False,
            compress=compress,
            max_msg_size=MAX_MESSAGE_BYTES,
        )
        self._shell = shell
        self.gone = asyncio.Event()

    def _cancel(self, exc: BaseException) -> None:
        # aiohttp calls this when the TCP connection is lost.
        self.gone.set()
        super()._cancel(exc)

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        # aiohttp closes by itself on frames that break the protocol, and waits for
        # the client; the exchange must not go on sending meanwhile.
        if self.wire is not None:
            broke = code not in (WSCloseCode.OK, WSCloseCode.ABNORMAL_CLOSURE)
            self._shell.lost(self.wire, f"protocol error {code}" if broke else "connection lost")
        return await super().close(code=code, message=message, drain=drain)


def _shaped(action: Send, compressed: bool) -> bytes:
    return message_frames(
        action.text, fragments=action.fragments, binary=action.binary, compressed=compressed
    )


def _end(wire: Wire, action: Action) -> None:
    if isinstance(action, Close):
        wire.close(action.code, action.reason)
    elif isinstance(action, Drop):
        wire.drop(action.how)


def _request(http: web.BaseRequest, body: bytes) -> Request:
    target = http.raw_path
    if not target.startswith("/") and "://" in target:
        # The form that clients use toward a proxy: http://host/path.
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, value in http.headers.items()}
    return Request(http.method, path, query, headers, body, http.remote or "", http.secure)
