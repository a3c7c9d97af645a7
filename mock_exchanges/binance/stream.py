"""A WebSocket connection to the streams: a session of the engine.

Rules: requests are answered in order and never wrapped; data is wrapped in
``{"stream":…,"data":…}`` while the property ``combined`` is set; a ping every 20 seconds
carries the time and must come back within a minute; an error ends the connection.
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from __future__ import annotations

from collections import OrderedDict

from mock_exchanges.binance import requests
from mock_exchanges.binance.errors import NO_ID, StreamError
from mock_exchanges.binance.handshake import Opening
from mock_exchanges.binance.names import Names
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.actions import (
    Action,
    Binary,
    Close,
    Event,
    Ping,
    Pinged,
    Pong,
    Ponged,
    Send,
    Text,
)
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import compact
from mock_exchanges.core.limits import TokenBucket

MICRO = "?us"
_POLICY = 1008
# A client's frame of more than 125 bytes has a header of 8: opcode, length, mask.
_HEADER_BYTES = 8


def topic(name: str, micro: bool) -> str:
    """Return the hub's topic for a stream as one connection wants it."""
    return f"{name}{MICRO}" if micro else name


class StreamSession:
    """One connection (see core.exchange.Session)."""

    def __init__(
        self, opening: Opening, names: Names, profile: Profile, link: Link, *, limited: bool
    ) -> None:
        self.combined = opening.combined
        self.subscriptions: dict[str, None] = {}
        self._opening = opening
        self._names = names
        self._profile = profile
        self._link = link
        self._bucket = (
            TokenBucket(profile.message_burst, profile.messages_per_second) if limited else None
        )
        self._unanswered: OrderedDict[bytes, int] = OrderedDict()
        self._ping_at = self._expires_at = 0
        self._flooded_until: int | None = None

    def opened(self, now_ms: int) -> list[Action]:
        """Join the streams of the URL; they are not acknowledged."""
        self._ping_at = now_ms + self._profile.ping_every_ms
        self._expires_at = now_ms + self._profile.connection_age_ms
        try:
            self._subscribe(self._opening.names, NO_ID, now_ms)
        except StreamError as error:
            return self._refuse(error)
        return []

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Answer what the client sent."""
        if self._flooded_until is not None:
            return []
        if self._bucket is not None and not self._bucket.take(now_ms):
            self._flooded_until = now_ms + self._profile.flood_close_after_ms
            return []
        match event:
            case Pinged(payload):
                return [Pong(payload)]
            case Ponged(payload):
                self._ponged(payload)
                return []
            case Binary():
                return self._refuse(requests.not_json())
            case Text(text):
                return self._text(text, now_ms)

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Pass a stream's message on, wrapped if the connection is combined."""
        if self._flooded_until is not None:
            return []
        if self.combined:
            message = f'{{"stream":"{topic.removesuffix(MICRO)}","data":{message}}}'
        return [Send(message, topic, role="data")]

    def due(self) -> int:
        """Return when the next ping, deadline or close is due."""
        if self._flooded_until is not None:
            return self._flooded_until
        times = [self._ping_at, self._expires_at]
        if self._unanswered:
            times.append(self._pong_deadline())
        return min(times)

    def tick(self, now_ms: int) -> list[Action]:
        """Ping, or end a connection that is flooded, unanswered or too old."""
        profile = self._profile
        if self._flooded_until is not None:
            if now_ms < self._flooded_until:
                return []
            return [Close(_POLICY, profile.flood_reason)]
        if self._unanswered and now_ms >= self._pong_deadline():
            return [Close(_POLICY, profile.pong_timeout)]
        if now_ms >= self._expires_at:
            return [self.bye()]
        if now_ms < self._ping_at:
            return []
        self._ping_at += profile.ping_every_ms
        payload = str(now_ms).encode()
        self._unanswered[payload] = now_ms
        return [Ping(payload)]

    def unasked(self) -> None:
        """The last ping never went out: wait for no answer to it."""
        if self._unanswered:
            self._unanswered.popitem()

    def moved(self, by_ms: int) -> None:
        """The clock was set on by so much: what was waited for moves along."""
        self._ping_at += by_ms
        self._expires_at += by_ms
        if self._flooded_until is not None:
            self._flooded_until += by_ms
        for payload in self._unanswered:
            self._unanswered[payload] += by_ms

    def ended(self) -> None:
        """Leave every stream."""
        for name in self.subscriptions:
            self._link.hub.leave(topic(name, self._opening.micro), self)
        self.subscriptions.clear()

    def notice(self, now_ms: int) -> list[Action]:
        """Announce a planned shutdown.

        It comes without a subscription, and data goes on until the close.
        """
        event = self._profile.shutdown_event
        at = now_ms * 1000 if self._opening.micro else now_ms
        notice = compact({"e": event, "E": at})
        if self.combined:
            notice = f'{{"stream":"!{event}","data":{notice}}}'
        return [Send(notice, role="notice")]

    def bye(self) -> Close:
        """Return how a connection ends that is too old."""
        return Close(self._profile.age_close_code)

    def _pong_deadline(self) -> int:
        oldest = next(iter(self._unanswered.values()))
        return oldest + self._profile.pong_deadline_ms

    def _ponged(self, payload: bytes) -> None:
        """A pong answers the ping whose payload it copies, and those before it."""
        if not payload and self._profile.empty_pong_counts:
            self._unanswered.clear()
        elif payload in self._unanswered:
            while self._unanswered.popitem(last=False)[0] != payload:
                pass

    def _text(self, text: str, now_ms: int) -> list[Action]:
        size = len(text.encode("utf-8", "surrogatepass")) + _HEADER_BYTES
        if size > self._profile.request_bytes:
            self._link.near_miss(
                now_ms,
                f"request of {size} bytes with its header is over "
                f"{self._profile.request_bytes}: not answered; send it in parts",
            )
            return [self._invalid()] if self._profile.oversized == "close" else []
        try:
            ask = requests.read(text, self._profile.id_characters)
            result = self._do(ask, now_ms)
        except StreamError as error:
            return self._refuse(error)
        return [Send(compact({"result": result, "id": ask.id}), role="ack")]

    def _do(self, ask: requests.Ask, now_ms: int) -> object:
        match ask.method:
            case "SUBSCRIBE":
                self._subscribe(ask.names, ask.id, now_ms)
            case "UNSUBSCRIBE":
                self._unsubscribe(ask.names, now_ms)
            case "LIST_SUBSCRIPTIONS":
                return list(self.subscriptions)
            case "SET_PROPERTY":
                self.combined = ask.value
            case "GET_PROPERTY":
                return self.combined
        return None

    def _subscribe(self, names: tuple[str, ...], identity: object, now_ms: int) -> None:
        new = [name for name in dict.fromkeys(names) if name not in self.subscriptions]
        if len(self.subscriptions) + len(new) > self._profile.streams_per_connection:
            raise StreamError(4, "Too many subscriptions", identity)
        for name in new:
            self.subscriptions[name] = None
            joined = self._names.find(name) is not None
            if joined:
                self._link.hub.join(topic(name, self._opening.micro), self, now_ms)
            # Some clients number their connections in the path: /ws/0, /ws/1.
            if not joined and not name.isdecimal():
                self._link.near_miss(now_ms, f"accepted, but silent: {self._names.explain(name)}")

    def _unsubscribe(self, names: tuple[str, ...], now_ms: int) -> None:
        for name in names:
            if name in self.subscriptions:
                del self.subscriptions[name]
                self._link.hub.leave(topic(name, self._opening.micro), self)
            else:
                self._link.near_miss(now_ms, f"unsubscribed, but never subscribed: {name!r}")

    def _refuse(self, error: StreamError) -> list[Action]:
        frame = Send(error.text(), role="error")
        return [frame, self._invalid()] if error.fatal else [frame]

    def _invalid(self) -> Close:
        return Close(self._profile.error_close_code, self._profile.error_close_reason)
