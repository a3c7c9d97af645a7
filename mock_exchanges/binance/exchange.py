"""Binance Spot, put together (see core.exchange.Exchange)."""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.binance import handshake
from mock_exchanges.binance.budget import Budget
from mock_exchanges.binance.errors import TEXT_HEADERS
from mock_exchanges.binance.kline import KlineStream
from mock_exchanges.binance.names import Names
from mock_exchanges.binance.profile import Profile
from mock_exchanges.binance.rest import Rest
from mock_exchanges.binance.samples import BinanceSamples
from mock_exchanges.binance.stream import MICRO, StreamSession
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market


class BinanceExchange:
    """One Binance. ``limits`` may be set at any time, for connections made from then on.

    Without limits nothing is counted against a client: request weight, handshakes,
    messages. The ceilings (streams, sizes, ages) stay.
    """

    name = "binance"

    def __init__(
        self, market: Market, journal: Journal, profile: Profile, *, limits: bool = True
    ) -> None:
        self.market = market
        self.journal = journal
        self.profile = profile
        self._names = Names(market.pairs, profile)
        self._budget = Budget(profile)
        self._rest = Rest(market, profile, self._budget, journal)
        self.limits = limits

    @property
    def limits(self) -> bool:
        """Whether clients are held to the rate limits."""
        return self._budget.limited

    @limits.setter
    def limits(self, limited: bool) -> None:
        self._budget.limited = limited

    @property
    def cached_rows(self) -> int:
        """How many candles' rows are kept for REST."""
        return self._rest.history.cached

    def request(self, request: Request, now_ms: int) -> Response:
        """Answer a REST request."""
        return self._rest.answer(request, now_ms)

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        """Answer a WebSocket handshake: a session, or a refusal."""
        refusal = self._budget.handshake(request.client, now_ms)
        if refusal is not None:
            return Response(refusal, b"", TEXT_HEADERS)
        opening = handshake.read(request, self.profile)
        if isinstance(opening, Response):
            return opening
        return StreamSession(opening, self._names, self.profile, link, limited=self.limits)

    def stream(self, topic: str) -> KlineStream | None:
        """Return the stream of a topic, or None if there is none of that name."""
        name = topic.removesuffix(MICRO)
        kline = self._names.find(name)
        if kline is None:
            return None
        return KlineStream(self.market, kline, self.profile, micro=topic != name)

    @property
    def samples(self) -> BinanceSamples:
        """What an observer knows of this exchange's wire."""
        return BinanceSamples(self.market, self.profile)

    def intervals(self) -> Mapping[str, Grid]:
        """Return the intervals by Binance's names."""
        return self.profile.intervals
