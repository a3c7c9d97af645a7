"""OKX, put together (see core.exchange.Exchange)."""

from __future__ import annotations

from hashlib import blake2b

from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.plain_exchange import PlainExchange
from mock_exchanges.okx import errors
from mock_exchanges.okx.budget import Budget
from mock_exchanges.okx.candles import CandleStream
from mock_exchanges.okx.channels import Channels
from mock_exchanges.okx.login import TEST_KEY, Accounts
from mock_exchanges.okx.profile import BUSINESS, PRIVATE, PUBLIC, Profile
from mock_exchanges.okx.rest import Rest
from mock_exchanges.okx.samples import OKXSamples
from mock_exchanges.okx.stream import StreamSession
from mock_exchanges.okx.wire import Frames


class OKXExchange(PlainExchange[Profile, Budget, Rest]):
    """One OKX. ``limits`` may be set at any time, for connections made from then on.

    Without limits nothing is counted against a client: requests by REST and on a
    connection, handshakes. The idle rule and the sizes stay. ``accounts`` holds the API
    keys that may log in, at first `login.TEST_KEY` alone.
    """

    name = "okx"

    def __init__(
        self, market: Market, journal: Journal, profile: Profile, *, limits: bool = True
    ) -> None:
        self.accounts = Accounts(TEST_KEY)
        self._channels = Channels(market.pairs, profile)
        self._connected = 0
        budget = Budget(profile)
        rest = Rest(market, profile, budget, journal)
        super().__init__(market, journal, profile, budget, rest, limits)

    @property
    def cached_rows(self) -> int:
        """How many candles' rows are kept for REST."""
        return self._rest.history.cached

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        """Answer a WebSocket handshake: a session, or a refusal. The query is ignored."""
        if request.path not in (PUBLIC, PRIVATE, BUSINESS):
            near = nearest(request.path, (PUBLIC, PRIVATE, BUSINESS)) or BUSINESS
            link.near_miss(now_ms, f"no WebSocket at {request.path}; nearest is {near}")
            return errors.not_found()
        if not self._budget.handshake(request.client, now_ms):
            return Response(self.profile.connects_refusal)
        self._connected += 1
        return StreamSession(
            request.path,
            self._connected,
            Frames(self._conn_id(self._connected, now_ms)),
            self.market,
            self._channels,
            self.accounts,
            self.profile,
            link,
            limited=self.limits,
        )

    def stream(self, topic: str) -> CandleStream | None:
        """Return the stream of a topic, or None if there is none of that name."""
        name, _, pair = topic.partition(":")
        channel = self._channels.candle(name, pair)
        if channel is None or channel.grid is None:
            return None
        return CandleStream(self.market, name, pair, channel.grid, self.profile)

    @property
    def samples(self) -> OKXSamples:
        """What an observer knows of this exchange's wire."""
        return OKXSamples(self.market, self.profile)

    def _conn_id(self, number: int, now_ms: int) -> str:
        """Return an id that looks random and is the same in every run; "" where there is none."""
        if not self.profile.conn_id:
            return ""
        return blake2b(f"{self.market.seed}/{number}/{now_ms}".encode(), digest_size=4).hexdigest()
