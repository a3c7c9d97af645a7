"""A WebSocket connection: a session of the engine.

The exchange greets at once and takes requests from then on; it waits for nothing, and
counts 60 seconds from the client's last message, which its own pushes do not extend.
https://www.kucoin.com/docs-new/websocket-api/base-info/introduction
"""

from __future__ import annotations

from collections.abc import Callable

from mock_exchanges.core.actions import (
    Action,
    Binary,
    Close,
    Drop,
    Event,
    Pinged,
    Pong,
    Ponged,
    Send,
    Text,
)
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import compact
from mock_exchanges.core.limits import SlidingWindow
from mock_exchanges.kucoin import names, requests
from mock_exchanges.kucoin.errors import StreamError, error_frame
from mock_exchanges.kucoin.handshake import Opening, server_id
from mock_exchanges.kucoin.names import Names
from mock_exchanges.kucoin.profile import Profile


class StreamSession:
    """One connection (see core.exchange.Session). ``ended`` calls ``gone`` once."""

    def __init__(
        self,
        opening: Opening,
        names: Names,
        profile: Profile,
        link: Link,
        *,
        limited: bool,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        # topic -> what the pushes of a tunnel have at their end
        self.topics: dict[str, str] = {}
        self._opening = opening
        self._names = names
        self._profile = profile
        self._link = link
        self._window = (
            SlidingWindow(profile.messages, profile.message_window_ms) if limited else None
        )
        self._gone = gone
        self._tunnels: dict[str, None] = {}
        self._heard_ms = self._expires_ms = 0
        self._said_bye = False
        self._ids = 0

    def opened(self, now_ms: int) -> list[Action]:
        """Greet with the client's connectId, or refuse the token and drop."""
        self._heard_ms = now_ms
        self._expires_ms = now_ms + self._profile.connection_age_ms
        opening = self._opening
        if opening.refusal is not None:
            code, data = opening.refusal
            frame = Send(error_frame(code, data, self._id(now_ms)), role="error")
            return [frame, Drop("eof") if code == 401 else self.bye()]
        welcome = opening.connect_id
        if welcome is None:
            welcome = server_id(opening.number, now_ms, 0, self._profile.welcome_id)
        return [Send(compact({"id": welcome, "type": "welcome"}), role="notice")]

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Answer what the client sent."""
        if self._said_bye:
            return []
        match event:
            case Pinged(payload):
                if self._profile.control_pings_count:
                    self._heard_ms = now_ms
                return [Pong(payload)]
            case Ponged():
                return []
            case Binary():
                self._heard_ms = now_ms
                self._link.near_miss(now_ms, "binary message: not answered; send text")
                return []
            case Text(text):
                self._heard_ms = now_ms
                if self._window is not None and not self._window.hit(now_ms):
                    return self._flooded(now_ms)
                return self._text(text, now_ms)

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Pass a topic's message on."""
        tail = self.topics.get(topic)
        return [Send(message[:-1] + tail if tail else message, topic, role="data")]

    def due(self) -> int:
        """Return when the client has been silent for too long, or the connection is too old."""
        idle = self._heard_ms + self._profile.idle_ms
        if self._said_bye:
            idle += self._profile.idle_close_after_ms
        return min(idle, self._expires_ms)

    def tick(self, now_ms: int) -> list[Action]:
        """Complain of silence, and close half a second later; close what is too old."""
        if now_ms >= self._expires_ms:
            return [self.bye()]
        if now_ms < self.due():
            return []
        if self._said_bye:
            return [self.bye()]
        self._said_bye = True
        return [Send(error_frame(400, "ping timeout", self._id(now_ms)), role="error")]

    def unasked(self) -> None:
        """Do nothing: there are no pings."""

    def moved(self, by_ms: int) -> None:
        """The clock was set on by so much: what was waited for moves along."""
        self._heard_ms += by_ms
        self._expires_ms += by_ms

    def ended(self) -> None:
        """Leave every topic."""
        for topic in self.topics:
            self._link.hub.leave(topic, self)
        self.topics.clear()
        self._gone()

    def notice(self, now_ms: int) -> list[Action]:
        """Say nothing: the exchange documents no notice of a close."""
        return []

    def bye(self) -> Close:
        """Return how the exchange ends a connection."""
        return Close(self._profile.close_code, self._profile.close_reason)

    def _flooded(self, now_ms: int) -> list[Action]:
        frame = Send(error_frame(509, self._profile.flood_error, self._id(now_ms)), role="error")
        return [frame, self.bye() if self._profile.flood_ends == "close" else Drop("eof")]

    def _text(self, text: str, now_ms: int) -> list[Action]:
        try:
            ask = requests.read(text, self._profile.unknown_type)
            match ask.type:
                case "ping":
                    return [Send(self._pong(ask.id, now_ms), role="pong")]
                case "subscribe":
                    self._subscribe(ask, now_ms)
                case "unsubscribe":
                    self._unsubscribe(ask, now_ms)
                case "openTunnel":
                    self._open_tunnel(ask)
                case "closeTunnel":
                    self._close_tunnel(ask)
        except StreamError as error:
            return [Send(error.text(self._id(now_ms)), role="error")]
        return [Send(_answer("ack", ask.id), role="ack")] if ask.response else []

    def _pong(self, id: str | None, now_ms: int) -> str:
        if not self._profile.pong_timestamp:
            return _answer("pong", id)
        return _answer("pong", id, timestamp=now_ms * 1000)

    def _subscribe(self, ask: requests.Ask, now_ms: int) -> None:
        found = self._find(ask, now_ms)
        if ask.tunnel and ask.tunnel not in self._tunnels:
            raise StreamError(400, "tunnelId is invalid", ask.id)
        new = [topic for topic in dict.fromkeys(found) if topic not in self.topics]
        limit = self._profile.topics_per_connection
        if len(self.topics) + len(new) > limit:
            raise _too_many_topics(f"{limit} per session", ask.id)
        tail = ""
        if ask.tunnel:
            tail = "," + compact({"id": ask.id or "", "tunnelId": ask.tunnel})[1:]
        for topic in new:
            self.topics[topic] = tail
            self._link.hub.join(topic, self, now_ms)

    def _find(self, ask: requests.Ask, now_ms: int) -> list[str]:
        """Return the single topics of a request; all must exist."""
        path, items = names.split(ask.topic)
        if len(items) > self._profile.topics_per_request:
            raise _too_many_topics(f"{self._profile.topics_per_request} per time", ask.id)
        if path in names.PRIVATE_PATHS:
            raise StreamError(403, "login is required", ask.id)
        if path in names.OTHER_PATHS:
            self._link.near_miss(now_ms, f"accepted, but silent: {self._names.explain(ask.topic)}")
            return [f"{path}:{item}" for item in items] or [path]
        if path != names.CANDLES:
            self._link.near_miss(now_ms, f"refused: {self._names.explain(ask.topic)}")
            raise StreamError(404, "topic does not exist", ask.id)
        if not items:
            raise StreamError(400, "topic is invalid", ask.id)
        found = [f"{path}:{item}" for item in items]
        for topic in found:
            if self._names.find(topic) is None:
                self._unknown(topic, ask.id, now_ms)
        return found

    def _unknown(self, topic: str, id: str | None, now_ms: int) -> None:
        silent = self._profile.unknown_symbol == "silence"
        what = "accepted, but silent" if silent else "refused"
        self._link.near_miss(now_ms, f"{what}: {self._names.explain(topic)}")
        if not silent:
            raise StreamError(404, f"topic {topic} is not found", id)

    def _unsubscribe(self, ask: requests.Ask, now_ms: int) -> None:
        path, items = names.split(ask.topic)
        for topic in [f"{path}:{item}" for item in items] or [path]:
            if topic in self.topics:
                del self.topics[topic]
                self._link.hub.leave(topic, self)
            else:
                self._link.near_miss(now_ms, f"unsubscribed, but never subscribed: {topic!r}")

    def _open_tunnel(self, ask: requests.Ask) -> None:
        if len(self._tunnels) >= self._profile.tunnels and ask.tunnel not in self._tunnels:
            raise StreamError(
                509, f"exceed max tunnel count limitation of {self._profile.tunnels}", ask.id
            )
        self._tunnels[ask.tunnel] = None

    def _close_tunnel(self, ask: requests.Ask) -> None:
        self._tunnels.pop(ask.tunnel, None)
        end = compact({"tunnelId": ask.tunnel})[1:]
        for topic in [topic for topic, tail in self.topics.items() if tail.endswith(end)]:
            del self.topics[topic]
            self._link.hub.leave(topic, self)

    def _id(self, now_ms: int) -> str:
        """Return an id of the server's own making."""
        self._ids += 1
        return server_id(self._opening.number, now_ms, self._ids)


def _answer(kind: str, id: str | None, **more: int) -> str:
    head = {} if id is None else {"id": id}
    return compact({**head, "type": kind, **more})


def _too_many_topics(limit: str, id: str | None) -> StreamError:
    return StreamError(509, f"exceed max subscription count limitation of {limit}", id)
