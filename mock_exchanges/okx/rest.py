"""The REST side: which path is answered how, and how often.

https://www.okx.com/docs-v5/en/#overview-rest-authentication
"""

from __future__ import annotations

from collections.abc import Callable

from mock_exchanges.core.hints import query_hints
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.okx import errors, params
from mock_exchanges.okx.budget import Budget
from mock_exchanges.okx.history import History
from mock_exchanges.okx.listing import Listing
from mock_exchanges.okx.profile import Profile

_PRIVATE = ("/api/v5/account/", "/api/v5/asset/", "/api/v5/trade/", "/api/v5/users/")
_INSTRUMENTS = "/api/v5/public/instruments"


class Rest:
    """All endpoints of one exchange."""

    def __init__(self, market: Market, profile: Profile, budget: Budget, journal: Journal) -> None:
        self.history = History(market, profile)
        self._market = market
        self._profile = profile
        self._budget = budget
        self._journal = journal
        self._listing = Listing(market, profile.bad_parameter_status)
        self._endpoints: dict[str, tuple[int, Callable[[str, int], bytes]]] = {
            "/api/v5/market/candles": (profile.rate_candles, self._candles),
            "/api/v5/market/history-candles": (profile.rate_history, self._history),
            "/api/v5/public/time": (profile.rate_time, self._time),
            _INSTRUMENTS: (profile.rate_instruments, self._listing.instruments),
        }

    def answer(self, request: Request, now_ms: int) -> Response:
        """Answer a request. Never raises: what is wrong with it is in the answer."""
        try:
            return self._answer(request, now_ms)
        except errors.ApiError as error:
            return error.response()

    def _answer(self, request: Request, now_ms: int) -> Response:
        if request.path.startswith(_PRIVATE):
            said = 'Request header "OK-ACCESS-KEY" cannot be empty.'
            raise errors.ApiError("50103", said, 401, gateway=True)
        endpoint = self._endpoints.get(request.path)
        if endpoint is None:
            near = nearest(request.path, self._endpoints)
            hint = f"; nearest is {near}" if near else ""
            self._journal.add(now_ms, "near-miss", 0, f"no such path: {request.path}{hint}")
            return errors.not_found()
        if request.method != "GET":
            raise errors.ApiError("50115", "Invalid request method.", 405, gateway=True)
        limit, answer = endpoint
        counted = request.path
        if counted == _INSTRUMENTS:
            counted += params.parse(request.query).get("instType", "")[:10]
        if not self._budget.request(request.client, counted, limit, now_ms):
            raise errors.too_many_requests()
        return Response(200, answer(request.query, now_ms), errors.JSON_HEADERS)

    def _candles(self, query: str, now_ms: int) -> bytes:
        self._hint(query, now_ms)
        asked = params.candles(query, self._market.pairs, self._profile, history=False)
        return self.history.recent(asked, now_ms)

    def _history(self, query: str, now_ms: int) -> bytes:
        self._hint(query, now_ms)
        asked = params.candles(query, self._market.pairs, self._profile, history=True)
        return self.history.history(asked, now_ms)

    def _hint(self, query: str, now_ms: int) -> None:
        """Record what the exchange refuses, or ignores, in a request for candles."""
        words = {"instId": self._market.pairs, "bar": self._profile.intervals}
        hints = query_hints(query, words, ("before", "after", "limit"))
        if hints:
            self._journal.add(now_ms, "near-miss", 0, f"candles: {hints}")

    def _time(self, query: str, now_ms: int) -> bytes:
        return b'{"code":"0","msg":"","data":[{"ts":"%d"}]}' % now_ms
