"""The demo exchange, put together (see core.exchange.Exchange)."""

from __future__ import annotations

from mock_exchanges.core.exchange import Link
from mock_exchanges.core.hints import path_hint
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.plain_exchange import PlainExchange
from mock_exchanges.demo import errors, params, tokens, wire
from mock_exchanges.demo.budget import Budget
from mock_exchanges.demo.candles import CandleStream
from mock_exchanges.demo.channels import Channels
from mock_exchanges.demo.history import newest
from mock_exchanges.demo.profile import Profile
from mock_exchanges.demo.rest import Rest
from mock_exchanges.demo.samples import DemoSamples
from mock_exchanges.demo.stream import StreamSession


class DemoExchange(PlainExchange[Profile, Budget, Rest]):
    """One demo exchange. ``limits`` may be set at any time, for connections made from then on.

    Without limits nothing is counted against a client: requests, handshakes, messages. The
    ceilings (channels, sizes, ages) stay.
    """

    name = "demo"

    def __init__(
        self, market: Market, journal: Journal, profile: Profile, *, limits: bool = True
    ) -> None:
        self._channels = Channels(market.pairs, profile)
        budget = Budget(profile)
        rest = Rest(market, profile, budget, journal)
        super().__init__(market, journal, profile, budget, rest, limits)

    @property
    def cached_rows(self) -> int:
        """How many candles are kept, written, for REST."""
        return self._rest.rows.kept

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        """Answer a WebSocket handshake: a session, or a refusal."""
        profile = self.profile
        try:
            self._budget.handshake(request.client, now_ms)
            if request.path != profile.ws_path:
                link.near_miss(now_ms, path_hint(request.path, [profile.ws_path]))
                raise errors.no_such_path(request.path)
            if profile.handshake == "token":
                self._check_token(request, now_ms)
        except errors.DemoError as error:
            return error.response()
        return StreamSession(self._channels, self._snapshot, profile, link, limited=self.limits)

    def stream(self, topic: str) -> CandleStream | None:
        """Return the stream of a channel, or None if there is none of that name."""
        parts = self._channels.parts(topic)
        if parts is None:
            return None
        pair, interval = parts
        grid = self.profile.intervals[interval]
        return CandleStream(self.market, pair, interval, grid, self.profile)

    @property
    def samples(self) -> DemoSamples:
        """What an observer knows of this exchange's wire."""
        return DemoSamples(self.market, self.profile)

    def _check_token(self, request: Request, now_ms: int) -> None:
        token = params.parse(request.query).get("token")
        if token is None:
            raise errors.bad_token("is missing")
        life = self.profile.token_life_ms
        if why := tokens.problem(token, self.market.seed, now_ms, life):
            raise errors.bad_token(why)

    def _snapshot(self, channel: str, now_ms: int) -> str | None:
        parts = self._channels.parts(channel)
        if parts is None:
            return None
        pair, interval = parts
        candles = newest(self.market, self.profile, pair, interval, now_ms)
        return wire.snapshot(candles, pair, interval, now_ms) if candles else None
