"""KuCoin Spot, put together (see core.exchange.Exchange)."""

from __future__ import annotations

from mock_exchanges.core.exchange import Link
from mock_exchanges.core.hints import path_hint
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.plain_exchange import PlainExchange
from mock_exchanges.kucoin import handshake
from mock_exchanges.kucoin.budget import Budget
from mock_exchanges.kucoin.candles import CandleStream
from mock_exchanges.kucoin.handshake import Opening
from mock_exchanges.kucoin.names import Names
from mock_exchanges.kucoin.profile import Profile
from mock_exchanges.kucoin.rest import Rest
from mock_exchanges.kucoin.samples import KuCoinSamples
from mock_exchanges.kucoin.stream import StreamSession
from mock_exchanges.kucoin.tokens import Tokens


class KuCoinExchange(PlainExchange[Profile, Budget, Rest]):
    """One KuCoin. ``limits`` may be set at any time, for connections made from then on.

    Without limits nothing is counted against a client: request weight, handshakes,
    connections, messages. The ceilings (topics, ages) and the idle cut stay.
    """

    name = "kucoin"

    def __init__(
        self, market: Market, journal: Journal, profile: Profile, *, limits: bool = True
    ) -> None:
        self._names = Names(market.pairs, profile)
        self._tokens = Tokens(market.seed, profile.token_valid_ms)
        self._handshakes = 0
        budget = Budget(profile)
        rest = Rest(market, profile, budget, self._tokens, journal)
        super().__init__(market, journal, profile, budget, rest, limits)

    @property
    def cached_rows(self) -> int:
        """How many candles' rows are kept for REST."""
        return self._rest.history.cached

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        """Answer a WebSocket handshake: a session, or a refusal."""
        if not self._budget.handshake(request.client, now_ms):
            return Response(self.profile.handshake_refusal)
        self._handshakes += 1
        opening = handshake.read(request, self.profile, self._tokens, self._handshakes, now_ms)
        if isinstance(opening, Response):
            if request.path not in self.profile.ws_paths:
                link.near_miss(now_ms, path_hint(request.path, self.profile.ws_paths))
            return opening
        if not self._budget.connect(request.client):
            limit = self.profile.connections
            text = f"exceed max session count limitation of {limit}"
            opening = Opening(opening.number, refusal=(509, text))
        return StreamSession(
            opening,
            self._names,
            self.profile,
            link,
            limited=self.limits,
            gone=self._budget.connected(request.client),
        )

    def stream(self, topic: str) -> CandleStream | None:
        """Return the stream of a topic, or None if there are no candles of that name."""
        found = self._names.find(topic)
        return None if found is None else CandleStream(self.market, found, self.profile)

    @property
    def samples(self) -> KuCoinSamples:
        """What an observer knows of this exchange's wire."""
        return KuCoinSamples(self.market, self.profile)
