"""A WebSocket connection: a session of the engine.

Rules: each channel of a request is confirmed or refused by itself, and a new one begins
with a snapshot; a ping every 15 seconds must be answered within 10; a connection that has
to log in does so within 10 seconds, and before it subscribes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_exchanges.core.actions import Action, Binary, Close, Event, Pinged, Pong, Send, Text
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.limits import TokenBucket
from mock_exchanges.demo import errors, login, requests
from mock_exchanges.demo.channels import Channels
from mock_exchanges.demo.profile import Profile

_POLICY, _GOING_AWAY, _TOO_BIG = 1008, 1001, 1009

# (channel, time) -> the message with the newest candles, if there are any
Snapshot = Callable[[str, int], str | None]


class StreamSession:
    """One connection (see core.exchange.Session)."""

    def __init__(
        self,
        channels: Channels,
        snapshot: Snapshot,
        profile: Profile,
        link: Link,
        *,
        limited: bool,
    ) -> None:
        self.subscriptions: dict[str, None] = {}
        self.logged_in = profile.handshake != "login"
        self._channels = channels
        self._snapshot = snapshot
        self._profile = profile
        self._link = link
        self._bucket = (
            TokenBucket(profile.message_burst, profile.messages_per_second) if limited else None
        )
        self._opened_at = self._ping_at = self._pong_by = 0
        self._unanswered: int | None = None
        self._told = False

    def opened(self, now_ms: int) -> list[Action]:
        """Wait for what the client says: there is no welcome."""
        self._opened_at = now_ms
        self._ping_at = now_ms + self._profile.ping_every_ms
        return []

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Answer what the client sent."""
        if self._bucket is not None and not self._bucket.take(now_ms):
            return flooded()
        match event:
            case Pinged(payload):
                return [Pong(payload)]
            case Binary():
                return [Send(errors.malformed("binary message").frame(), role="error")]
            case Text(text):
                return self._text(text, now_ms)
        return []

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Pass a channel's message on."""
        return [Send(message, topic, role="data")]

    def due(self) -> int:
        """Return when the next ping, deadline, notice or close is due."""
        times = [self._ping_at, self._notice_at if not self._told else self._expires_at]
        if self._unanswered is not None:
            times.append(self._pong_by)
        if not self.logged_in:
            times.append(self._opened_at + self._profile.login_within_ms)
        return min(times)

    def tick(self, now_ms: int) -> list[Action]:
        """Ping, or end a connection that is unanswered, not logged in, or too old."""
        profile = self._profile
        if self._unanswered is not None and now_ms >= self._pong_by:
            return [Close(_POLICY, "pong timeout")]
        if not self.logged_in and now_ms >= self._opened_at + profile.login_within_ms:
            return [Close(_POLICY, "login timeout")]
        if now_ms >= self._expires_at:
            return [self.bye()]
        if now_ms >= self._notice_at and not self._told:
            self._told = True
            return self.notice(now_ms)
        if now_ms < self._ping_at:
            return []
        self._ping_at += profile.ping_every_ms
        self._unanswered = now_ms
        self._pong_by = now_ms + profile.pong_within_ms
        return [Send(ping(now_ms), role="ping")]

    def unasked(self) -> None:
        """The last ping never went out: wait for no answer to it."""
        self._unanswered = None

    def moved(self, by_ms: int) -> None:
        """The clock was set on by so much: what was waited for moves along."""
        self._opened_at += by_ms
        self._ping_at += by_ms
        self._pong_by += by_ms

    def ended(self) -> None:
        """Leave every channel."""
        for channel in self.subscriptions:
            self._link.hub.leave(channel, self)
        self.subscriptions.clear()

    def notice(self, now_ms: int) -> list[Action]:
        """Announce the close; the client has time to connect anew."""
        return [Send(notice(self._profile, now_ms), role="notice")]

    def bye(self) -> Close:
        """Return how a connection ends that is too old."""
        return Close(_GOING_AWAY, "connection age")

    @property
    def _expires_at(self) -> int:
        return self._opened_at + self._profile.connection_age_ms

    @property
    def _notice_at(self) -> int:
        return self._expires_at - self._profile.notice_before_ms

    def _text(self, text: str, now_ms: int) -> list[Action]:
        if len(text.encode("utf-8", "surrogatepass")) > self._profile.message_bytes:
            return [Close(_TOO_BIG, "message is too big")]
        try:
            ask = requests.read(text)
        except requests.BadRequest as refusal:
            return [Send(refusal.error.frame(refusal.id), role="error")]
        try:
            return self._do(ask, now_ms)
        except errors.DemoError as error:
            return [Send(error.frame(ask.id), role="error")]

    def _do(self, ask: requests.Ask, now_ms: int) -> list[Action]:
        match ask.operation:
            case "ping":
                return [Send(_answer({"op": "pong", "ts": now_ms}, ask.id), role="pong")]
            case "pong":
                self._ponged(ask.ts, now_ms)
                return []
            case "login":
                login.check(ask.items, self._profile, now_ms)
                self.logged_in = True
                return [Send(_answer({"type": "login", "ts": now_ms}, ask.id), role="ack")]
        if not self.logged_in:
            raise errors.login_required()
        act = self._subscribe if ask.operation == "subscribe" else self._unsubscribe
        return [action for item in ask.items for action in self._each(act, item, ask.id, now_ms)]

    def _each(
        self, act: Callable[[str, Any, int], list[Action]], item: Any, identity: Any, now_ms: int
    ) -> list[Action]:
        """Confirm or refuse one channel of a request."""
        try:
            return act(self._channels.find(item), identity, now_ms)
        except errors.DemoError as error:
            hint = self._channels.explain(item) if error.code in range(40003, 40007) else ""
            self._link.near_miss(now_ms, f"{error.message}{hint}")
            return [Send(error.frame(identity), role="error")]

    def _subscribe(self, channel: str, identity: Any, now_ms: int) -> list[Action]:
        confirmed = {"type": "subscribed", "channel": channel, "ts": now_ms}
        actions: list[Action] = [Send(_answer(confirmed, identity), role="ack")]
        if channel in self.subscriptions:
            return actions
        if len(self.subscriptions) >= self._profile.channels_per_connection:
            raise errors.too_many_channels(self._profile.channels_per_connection)
        self.subscriptions[channel] = None
        self._link.hub.join(channel, self, now_ms)
        shot = self._snapshot(channel, now_ms)
        if shot is not None:
            actions.append(Send(shot, channel, role="data"))
        return actions

    def _unsubscribe(self, channel: str, identity: Any, now_ms: int) -> list[Action]:
        if channel not in self.subscriptions:
            raise errors.not_subscribed(channel)
        del self.subscriptions[channel]
        self._link.hub.leave(channel, self)
        left = {"type": "unsubscribed", "channel": channel, "ts": now_ms}
        return [Send(_answer(left, identity), role="ack")]

    def _ponged(self, ts: Any, now_ms: int) -> None:
        """A pong answers the ping whose time it copies."""
        if self._unanswered is not None and ts == self._unanswered:
            self._unanswered = None
        else:
            asked = "nothing" if self._unanswered is None else f"ts {self._unanswered}"
            self._link.near_miss(
                now_ms, f"pong with ts {requests.shown(ts)} answers no ping; unanswered: {asked}"
            )


def ping(now_ms: int) -> str:
    """Return the exchange's ping, which wants ``{"op":"pong"}`` with the same ``ts``."""
    return f'{{"op":"ping","ts":{now_ms}}}'


def pong(ts: int) -> str:
    """Return the answer to a ping."""
    return f'{{"op":"pong","ts":{ts}}}'


def flooded() -> list[Action]:
    """Return the answer to a message too many, which ends the connection."""
    error = errors.too_many("messages")
    return [Send(error.frame(), role="error"), Close(_POLICY, error.message)]


def notice(profile: Profile, now_ms: int) -> str:
    """Return the notice that the connection ends soon."""
    seconds = profile.notice_before_ms // 1000
    text = f"the connection ends in {seconds} s; connect again"
    return errors.dumps({"type": "notice", "message": text, "ts": now_ms})


def _answer(frame: dict[str, Any], identity: Any) -> str:
    return errors.dumps(frame if identity is errors.NO_ID else {**frame, "id": identity})
