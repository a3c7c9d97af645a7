"""A WebSocket connection: a session of the engine.

Rules: nothing is said until asked; each arg of a request is answered by a frame of its
own, and only then come the first candles; errors leave the connection open; it is cut
when nothing was sent either way for 30 seconds, against which clients send `ping`.
https://www.okx.com/docs-v5/en/#overview-websocket
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from mock_exchanges.core.limits import SlidingWindow
from mock_exchanges.core.market import Market
from mock_exchanges.okx import errors, requests
from mock_exchanges.okx.candles import CandleStream
from mock_exchanges.okx.channels import Channel, Channels
from mock_exchanges.okx.errors import StreamError
from mock_exchanges.okx.login import Accounts, Key
from mock_exchanges.okx.profile import PRIVATE, PUBLIC, Profile
from mock_exchanges.okx.wire import Frames

_ORDERS = frozenset(
    ("order", "batch-orders", "cancel-order", "batch-cancel-orders", "amend-order",
     "batch-amend-orders", "mass-cancel")
)  # fmt: skip
_PLACES = ("channel", "instId", "instType", "instFamily", "uly", "ccy")


class StreamSession:
    """One connection (see core.exchange.Session). ``number`` tells it from the others."""

    def __init__(
        self,
        path: str,
        number: int,
        frames: Frames,
        market: Market,
        channels: Channels,
        accounts: Accounts,
        profile: Profile,
        link: Link,
        *,
        limited: bool,
    ) -> None:
        self.subscriptions: dict[str, Channel] = {}
        self.key: Key | None = None
        self._path = path
        self._number = number
        self._frames = frames
        self._market = market
        self._channels = channels
        self._accounts = accounts
        self._profile = profile
        self._link = link
        self._window = (
            SlidingWindow(profile.requests, profile.requests_window_ms) if limited else None
        )
        self._active_at = self._check_at = 0

    def opened(self, now_ms: int) -> list[Action]:
        """Say nothing; the clock starts."""
        self._active_at = now_ms
        self._check_at = now_ms + self._profile.idle_ms
        return []

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Answer what the client sent."""
        match event:
            case Pinged(payload):
                if self._profile.pings_count_as_data:
                    self._active_at = now_ms
                return [Pong(payload)]
            case Ponged():
                return []
            case Binary(data):
                text = data.decode("utf-8", "replace")
                answers: list[Action] = self._refuse(errors.illegal(text))
            case Text(text):
                answers = self._text(text, now_ms)
        self._active_at = now_ms
        return answers

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Pass a channel's push on."""
        self._active_at = now_ms
        return [Send(message, topic, role="data")]

    def due(self) -> int:
        """Return when to look whether the connection is idle."""
        return self._check_at

    def tick(self, now_ms: int) -> list[Action]:
        """End a connection that is idle."""
        if now_ms - self._active_at >= self._profile.idle_ms:
            return [Close(*self._profile.idle_close)]
        self._check_at = self._active_at + self._profile.idle_ms
        return []

    def unasked(self) -> None:
        """Do nothing: there are no pings."""

    def moved(self, by_ms: int) -> None:
        """The clock was set on by so much: what was waited for moves along."""
        self._active_at += by_ms
        self._check_at += by_ms

    def ended(self) -> None:
        """Leave every channel."""
        for channel in list(self.subscriptions.values()):
            self._leave(channel)

    def notice(self, now_ms: int) -> list[Action]:
        """Announce that the service is upgraded, where there are notices.

        On other paths the connection is cut without a word.
        """
        if self._path not in self._profile.notice_paths:
            return []
        self._active_at = now_ms
        return [Send(self._frames.notice(), role="notice")]

    def bye(self) -> Drop:
        """Return how a connection is cut for an upgrade: without a close frame."""
        return Drop("eof")

    def _text(self, text: str, now_ms: int) -> list[Action]:
        if text == "ping":
            return [Send("pong", role="pong")]
        if len(text.encode("utf-8", "surrogatepass")) > self._profile.request_bytes:
            return [Close(*self._profile.oversized_close)]
        identity = None
        try:
            ask = requests.read(text, self._profile.id_characters)
            identity = ask.id
            return self._do(ask, now_ms)
        except StreamError as error:
            if identity is None and "ping" in text[:40]:
                self._link.near_miss(now_ms, "a ping is the text ping, alone and no JSON")
            return self._refuse(error, identity)

    def _do(self, ask: requests.Ask, now_ms: int) -> list[Action]:
        known = ask.op in ("subscribe", "unsubscribe", "login")
        if known and self._window is not None and not self._window.hit(now_ms):
            raise errors.too_frequent()
        if not known:
            raise self._other(ask.op)
        if not ask.args:
            raise StreamError(*self._profile.wrong_args)
        if ask.op == "login":
            return self._login(ask, now_ms)
        answers: list[Action] = []
        fresh: list[Channel] = []
        for arg in ask.args:
            try:
                channel = self._find(arg, now_ms)
                answers.append(Send(self._frames.confirmed(ask.op, arg, ask.id), role="ack"))
                if ask.op == "unsubscribe":
                    self._leave(channel)
                elif channel.key not in self.subscriptions:
                    answers += self._join(channel, now_ms)
                    fresh.append(channel)
            except StreamError as error:
                answers += self._refuse(error, ask.id)
        return answers + [push for channel in fresh for push in self._first(channel, now_ms)]

    def _find(self, arg: Mapping[str, Any], now_ms: int) -> Channel:
        if not isinstance(arg.get("channel"), str) or not isinstance(arg.get("instId", ""), str):
            raise StreamError(*self._profile.wrong_args)
        channel = self._channels.find(self._path, arg)
        if channel is None:
            self._link.near_miss(now_ms, self._channels.explain(self._path, arg))
            named = {name: arg[name] for name in _PLACES if name in arg}
            raise errors.wrong_url(self._profile.wrong_url, named)
        if channel.private and self.key is None:
            raise errors.please_log_in()
        return channel

    def _join(self, channel: Channel, now_ms: int) -> list[Action]:
        most = self._profile.channels_per_connection
        if most and len(self.subscriptions) >= most:
            said = "The number of subscription channels for this connection exceeds the limit"
            return [Close(4009, said)]
        self.subscriptions[channel.key] = channel
        if channel.grid is not None:
            self._link.hub.join(channel.key, self, now_ms)
            return []
        self._link.near_miss(now_ms, f"confirmed, but silent: {channel.name} is not served here")
        if self.key is None or channel.name not in self._profile.counted_channels:
            return []
        count = self._accounts.opened(self.key, channel.name, self._number)
        if count <= self._profile.connections_per_channel:
            return [Send(self._frames.counted(channel.name, count), role="notice")]
        self._leave(channel)
        return [Send(self._frames.counted(channel.name, count - 1, over=True), role="error")]

    def _leave(self, channel: Channel) -> None:
        if self.subscriptions.pop(channel.key, None) is None:
            return
        if channel.grid is not None:
            self._link.hub.leave(channel.key, self)
        elif self.key is not None and channel.name in self._profile.counted_channels:
            self._accounts.closed(self.key, channel.name, self._number)

    def _first(self, channel: Channel, now_ms: int) -> list[Action]:
        """Return the candle in progress, which a new subscription begins with."""
        if channel.grid is None or not self._profile.first_push:
            return []
        stream = CandleStream(self._market, channel.name, channel.pair, channel.grid, self._profile)
        push = stream.current(now_ms)
        return [] if push is None else [Send(push, channel.key, role="data")]

    def _login(self, ask: requests.Ask, now_ms: int) -> list[Action]:
        if self._path == PUBLIC:
            raise errors.not_at_this_url()
        if self.key is not None:
            raise StreamError(
                "60031", "The WebSocket endpoint does not allow multiple or repeated logins."
            )
        self.key = self._accounts.verify(ask.args[0], now_ms, self._profile.login_valid_ms)
        return [Send(self._frames.logged_in(ask.id), role="ack")]

    def _other(self, op: str) -> StreamError:
        if op not in _ORDERS:
            return errors.invalid_op(op)
        if self._path == PRIVATE and self.key is None:
            return errors.please_log_in()
        return errors.not_at_this_url()

    def _refuse(self, error: StreamError, identity: str | int | None = None) -> list[Action]:
        return [Send(self._frames.refused(error.code, error.message, identity), role="error")]
