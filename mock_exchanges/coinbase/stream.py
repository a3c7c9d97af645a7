"""A WebSocket connection: a session of the engine.

Rules: the first subscribe comes within five seconds; each subscribe and unsubscribe is
answered with the full list of the connection's subscriptions, after the snapshots it
brings; every message but an error has the connection's next number, whatever its channel;
a connection without data ends after a good minute unless it has heartbeats.
https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
"""

from __future__ import annotations

import uuid
import zlib

from mock_exchanges.coinbase import candles, errors, requests, tokens, wire
from mock_exchanges.coinbase.budget import Budget
from mock_exchanges.coinbase.names import Names
from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.actions import (
    Action,
    Binary,
    Close,
    Event,
    Pinged,
    Pong,
    Ponged,
    Role,
    Send,
    Text,
)
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import compact
from mock_exchanges.core.market import Market

HEARTBEATS = "heartbeats"
SUBSCRIPTIONS = "subscriptions"
_LEVEL2 = "level2"
_TOO_MANY_BOOKS = "too many L2 streams requested in a single session"
# the age of the server process that answers a connection, seconds
_YOUNGEST_S, _AGES_S = 7_200, 500_000


class StreamSession:
    """One connection (see core.exchange.Session)."""

    def __init__(
        self,
        client: str,
        market: Market,
        names: Names,
        profile: Profile,
        budget: Budget,
        link: Link,
        *,
        serves_candles: bool = True,
    ) -> None:
        # channel -> what its acknowledgement lists
        self.subscriptions: dict[str, dict[str, None]] = {}
        self._client = client
        self._market = market
        self._names = names
        self._profile = profile
        self._budget = budget
        self._link = link
        self._serves_candles = serves_candles
        self._number = 0
        self._born_ms = 0
        self._silent_since: int | None = None
        self._check_at = 0
        self._beat_at: int | None = None

    def opened(self, now_ms: int) -> list[Action]:
        """Say nothing, and wait for the first subscribe."""
        age_s = _YOUNGEST_S + zlib.crc32(str(now_ms).encode()) % _AGES_S
        self._born_ms = now_ms - age_s * 1000
        self._check_at = now_ms + self._profile.subscribe_within_ms
        return []

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Answer what the client sent."""
        match event:
            case Pinged(payload):
                return [Pong(payload)]
            case Ponged():
                return []
            case Binary(data):
                return self._text(data.decode("utf-8", "replace"), now_ms)
            case Text(text):
                return self._text(text, now_ms)

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Pass an update on with the connection's number."""
        self._silent_since = now_ms
        return [self._send(message, topic)]

    def due(self) -> int:
        """Return when the next beat or deadline is due."""
        return self._check_at if self._beat_at is None else min(self._check_at, self._beat_at)

    def tick(self, now_ms: int) -> list[Action]:
        """Beat, or end a connection that never subscribed or has nothing to say."""
        profile = self._profile
        if self._beat_at is not None and now_ms >= self._beat_at:
            self._beat_at += profile.beat_every_ms
            self._silent_since = now_ms
            event = wire.heartbeat_event(now_ms, self._born_ms, HEARTBEATS)
            beat = wire.envelope(HEARTBEATS, event, now_ms, profile)
            return [self._send(beat, HEARTBEATS, "beat")]
        if now_ms < self._check_at:
            return []
        if self._silent_since is None:
            self._link.near_miss(
                now_ms, f"no subscribe within {profile.subscribe_within_ms / 1000:g} s"
            )
            return [Close(profile.subscribe_close_code)]
        # data came meanwhile, so the deadline moved
        self._check_at = self._silent_since + profile.idle_close_ms
        if now_ms < self._check_at:
            return []
        self._link.near_miss(
            now_ms,
            f"no data for {profile.idle_close_ms / 1000:g} s; "
            "a subscription to 'heartbeats' keeps the connection open",
        )
        return [Close(profile.idle_close_code)]

    def unasked(self) -> None:
        """Do nothing: there are no pings."""

    def moved(self, by_ms: int) -> None:
        """The clock was set on by so much: what was waited for moves along."""
        self._born_ms += by_ms
        self._check_at += by_ms
        if self._silent_since is not None:
            self._silent_since += by_ms
        if self._beat_at is not None:
            self._beat_at += by_ms

    def ended(self) -> None:
        """Leave every stream."""
        for product in self.subscriptions.get(candles.CHANNEL, ()):
            self._link.hub.leave(candles.topic(product), self)
        self.subscriptions.clear()

    def notice(self, now_ms: int) -> list[Action]:
        """Say nothing: the exchange documents no notice of a close."""
        return []

    def bye(self) -> Close:
        """Return how the exchange ends a connection."""
        return Close(self._profile.idle_close_code)

    def _text(self, text: str, now_ms: int) -> list[Action]:
        message = requests.load(text)
        jwt = requests.token(message)
        bad_token = None if jwt is None else self._bad_token(jwt, now_ms)
        trusted = jwt is not None and bad_token is None
        if not self._budget.message(self._client, now_ms, authenticated=trusted):
            return [Send(errors.frame(self._profile.flood_text), role="error")]
        if message is not None and message.get("type") == requests.TYPES[0]:
            self._heard(now_ms)
        try:
            ask = requests.read(message, text, self._profile)
            if bad_token is not None and self._profile.jwt_checked_on_public:
                raise requests.Refused(self._profile.refusal, f"bad jwt: {bad_token}")
            if ask.channel in self._profile.private_channels and not trusted:
                why = f"channel {ask.channel!r} wants a jwt"
                raise requests.Refused(self._profile.refusal, why)
            if ask.type == requests.TYPES[0]:
                return self._subscribe(ask, now_ms)
        except requests.Refused as refused:
            self._link.near_miss(now_ms, refused.why)
            return [Send(errors.frame(refused.text), role="error")]
        return self._unsubscribe(ask, now_ms)

    def _heard(self, now_ms: int) -> None:
        """The first subscribe, right or wrong, is in time."""
        if self._silent_since is None:
            self._check_at = now_ms + self._profile.idle_close_ms
        self._silent_since = now_ms

    def _bad_token(self, jwt: object, now_ms: int) -> str | None:
        """Return what is wrong with a token, if anything is."""
        if not isinstance(jwt, str):
            return f"it is {type(jwt).__name__}, expected a string"
        try:
            tokens.check(jwt, self._profile, now_ms)
        except tokens.BadToken as bad:
            return str(bad)
        return None

    def _subscribe(self, ask: requests.Ask, now_ms: int) -> list[Action]:
        private = (HEARTBEATS, *self._profile.private_channels)
        if not self._serves_candles and ask.channel not in private:
            why = f"channel {ask.channel!r} is not on the host for users"
            raise requests.Refused(self._profile.refusal, why)
        if ask.channel == candles.CHANNEL:
            return self._subscribe_candles(ask, now_ms)
        listed = self.subscriptions.get(ask.channel, {}) | dict.fromkeys(self._shown(ask))
        if ask.channel == _LEVEL2 and len(listed) > self._profile.level2_products:
            raise requests.Refused(_TOO_MANY_BOOKS, f"level2 for {len(listed)} products")
        if listed:
            self.subscriptions[ask.channel] = listed
        if ask.channel != HEARTBEATS:
            self._link.near_miss(
                now_ms, f"channel {ask.channel!r}: this mock serves candles and heartbeats only"
            )
        elif self._beat_at is None:
            self._beat_at = now_ms + self._profile.first_beat_ms
        return [self._acknowledge(now_ms)]

    def _subscribe_candles(self, ask: requests.Ask, now_ms: int) -> list[Action]:
        if not ask.products:
            self._link.near_miss(now_ms, "candles without product_ids: nothing will come")
        listed = self.subscriptions.setdefault(candles.CHANNEL, {})
        sent: list[Action] = []
        for product in ask.products:
            shown = self._names.shown(product)
            known = self._names.book(product) is not None
            new = shown not in listed
            if known or self._profile.echoes_unknown:
                listed[shown] = None
            if not known:
                self._link.near_miss(
                    now_ms, f"accepted, but silent: {self._names.explain(product)}"
                )
                continue
            name = candles.topic(shown)
            if new:
                self._link.hub.join(name, self, now_ms)
            if new or self._profile.repeats_snapshot:
                message = candles.snapshot(self._market, shown, self._profile, now_ms)
                sent.append(self._send(message, name))
        if not listed:
            del self.subscriptions[candles.CHANNEL]
        return [*sent, self._acknowledge(now_ms)]

    def _unsubscribe(self, ask: requests.Ask, now_ms: int) -> list[Action]:
        listed = self.subscriptions.get(ask.channel, {})
        if ask.channel == HEARTBEATS:
            self._beat_at = None
        for shown in self._shown(ask):
            if shown not in listed:
                self._link.near_miss(now_ms, f"unsubscribed, but never subscribed: {shown!r}")
                continue
            del listed[shown]
            if ask.channel == candles.CHANNEL:
                self._link.hub.leave(candles.topic(shown), self)
        if not listed:
            self.subscriptions.pop(ask.channel, None)
        return [self._acknowledge(now_ms)]

    def _shown(self, ask: requests.Ask) -> list[str]:
        """Return what an acknowledgement lists for a request."""
        if ask.channel == HEARTBEATS:
            return [HEARTBEATS]
        if ask.channel in self._profile.private_channels:
            return [str(uuid.uuid5(uuid.NAMESPACE_URL, tokens.ES256_KEY))]
        return [self._names.shown(product) for product in ask.products]

    def _acknowledge(self, now_ms: int) -> Send:
        listed = {name: list(products) for name, products in sorted(self.subscriptions.items())}
        event = compact({SUBSCRIPTIONS: listed})
        return self._send(wire.envelope(SUBSCRIPTIONS, event, now_ms, self._profile), role="ack")

    def _send(self, message: str, topic: str = "", role: Role = "data") -> Send:
        text = wire.numbered(message, self._number)
        self._number += 1
        return Send(text, topic, role)
