"""Coinbase Advanced Trade, put together (see core.exchange.Exchange)."""

from __future__ import annotations

from mock_exchanges.coinbase import candles, errors
from mock_exchanges.coinbase.budget import Budget
from mock_exchanges.coinbase.names import Names
from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.coinbase.rest import Rest
from mock_exchanges.coinbase.samples import CoinbaseSamples
from mock_exchanges.coinbase.stream import StreamSession
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.plain_exchange import PlainExchange


class CoinbaseExchange(PlainExchange[Profile, Budget, Rest]):
    """One Coinbase. ``limits`` may be set at any time.

    Without limits no handshake, message or request is too many; the deadlines stay.
    """

    name = "coinbase"

    def __init__(
        self, market: Market, journal: Journal, profile: Profile, *, limits: bool = True
    ) -> None:
        self._names = Names(market.pairs, profile)
        budget = Budget(profile)
        rest = Rest(market, self._names, profile, budget, journal)
        super().__init__(market, journal, profile, budget, rest, limits)

    @property
    def cached_rows(self) -> int:
        """How many candles' rows are kept for REST."""
        return self._rest.rows.kept

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        """Answer a WebSocket handshake: a session, or a refusal."""
        if not self._budget.connection(request.client, now_ms):
            refused = errors.too_many(self.profile.too_many_requests)
            return Response(self.profile.connection_refusal, refused.body, refused.headers)
        if request.path != "/":
            if not self.profile.any_ws_path:
                link.near_miss(now_ms, f"no WebSocket at {request.path}; nearest is /")
                return errors.not_found()
            link.near_miss(now_ms, f"candles are served on '/'; nobody said so of {request.path!r}")
        host = request.headers.get("host", "").partition(":")[0]
        return StreamSession(
            request.client, self.market, self._names, self.profile, self._budget, link,
            serves_candles=host not in self.profile.ws_user_hosts,
        )  # fmt: skip

    def stream(self, topic: str) -> candles.CandleStream | None:
        """Return the stream of a topic, or None if there is none of that name."""
        pair = candles.pair_of(topic)
        if pair is None or pair not in self._names.books:
            return None
        return candles.CandleStream(self.market, pair, self.profile)

    @property
    def samples(self) -> CoinbaseSamples:
        """What an observer knows of this exchange's wire."""
        return CoinbaseSamples(self.market, self.profile)
