"""Binance Spot, put together (see core.exchange.Exchange)."""

from __future__ import annotations

from mock_exchanges.binance import handshake
from mock_exchanges.binance.budget import Budget
from mock_exchanges.binance.candles import CandleStream
from mock_exchanges.binance.errors import TEXT_HEADERS
from mock_exchanges.binance.names import Names
from mock_exchanges.binance.profile import Profile
from mock_exchanges.binance.rest import Rest
from mock_exchanges.binance.samples import BinanceSamples
from mock_exchanges.binance.stream import MICRO, StreamSession
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.plain_exchange import PlainExchange


class BinanceExchange(PlainExchange[Profile, Budget, Rest]):
    """One Binance. ``limits`` may be set at any time, for connections made from then on.

    Without limits nothing is counted against a client: request weight, handshakes,
    messages. The ceilings (streams, sizes, ages) stay.
    """

    name = "binance"

    def __init__(
        self, market: Market, journal: Journal, profile: Profile, *, limits: bool = True
    ) -> None:
        self._names = Names(market.pairs, profile)
        budget = Budget(profile)
        rest = Rest(market, profile, budget, journal)
        super().__init__(market, journal, profile, budget, rest, limits)

    @property
    def cached_rows(self) -> int:
        """How many candles' rows are kept for REST."""
        return self._rest.history.cached

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        """Answer a WebSocket handshake: a session, or a refusal."""
        refusal = self._budget.handshake(request.client, now_ms)
        if refusal is not None:
            return Response(refusal, b"", TEXT_HEADERS)
        opening = handshake.read(request, self.profile)
        if isinstance(opening, Response):
            link.near_miss(
                now_ms,
                f"handshake refused: {request.target[:160]}; nearest is /ws/<stream> "
                "or /stream?streams=<stream>/<stream>",
            )
            return opening
        return StreamSession(opening, self._names, self.profile, link, limited=self.limits)

    def stream(self, topic: str) -> CandleStream | None:
        """Return the stream of a topic, or None if there is none of that name."""
        name = topic.removesuffix(MICRO)
        kline = self._names.find(name)
        if kline is None:
            return None
        return CandleStream(self.market, kline, self.profile, micro=topic != name)

    @property
    def samples(self) -> BinanceSamples:
        """What an observer knows of this exchange's wire."""
        return BinanceSamples(self.market, self.profile)
