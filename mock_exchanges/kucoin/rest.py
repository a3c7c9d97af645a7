"""The REST side: which path is answered how, at what weight, with what headers.

https://www.kucoin.com/docs-new/rate-limit
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mock_exchanges.core.hints import query_hints
from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.kucoin import errors, params
from mock_exchanges.kucoin.budget import Budget
from mock_exchanges.kucoin.history import History
from mock_exchanges.kucoin.listing import Listing
from mock_exchanges.kucoin.profile import Profile
from mock_exchanges.kucoin.tokens import Tokens

_HOST = re.compile(r"[\w.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:.]+\](:[0-9]{1,5})?", re.ASCII)
_TIMESTAMP = "/api/v1/timestamp"


class Rest:
    """All endpoints of one exchange."""

    def __init__(
        self, market: Market, profile: Profile, budget: Budget, tokens: Tokens, journal: Journal
    ) -> None:
        self.history = History(market, profile)
        self._market = market
        self._profile = profile
        self._budget = budget
        self._tokens = tokens
        self._journal = journal
        self._listing = Listing(market)
        # path -> method, and what gives the data as JSON
        self._endpoints: dict[str, tuple[str, Callable[[Request, int], str | bytes]]] = {
            "/api/v1/market/candles": ("GET", self._candles),
            _TIMESTAMP: ("GET", lambda _, now_ms: str(now_ms)),
            "/api/v1/status": ("GET", lambda *_: '{"status":"open","msg":""}'),
            "/api/v1/symbols": ("GET", self._symbols),
            "/api/v2/symbols": ("GET", self._symbols),
            "/api/v3/currencies": ("GET", lambda *_: self._listing.currencies()),
            "/api/v1/market/allTickers": ("GET", self._all_tickers),
            "/api/v1/contracts/active": ("GET", lambda *_: "[]"),
            "/api/v1/bullet-public": ("POST", self._bullet),
            "/api/v1/bullet-private": ("POST", self._private),
        }

    def answer(self, request: Request, now_ms: int) -> Response:
        """Answer a request. Never raises: what is wrong with it is in the answer."""
        endpoint = self._endpoints.get(request.path)
        if endpoint is None:
            return self._not_found(request, now_ms)
        method, make = endpoint
        if request.method != method:
            return errors.wrong_method().response()
        weight = self._profile.weights[request.path]
        try:
            if not self._budget.spend(request.client, weight, now_ms):
                raise errors.too_many(self._profile.too_many)
            data = make(request, now_ms)
            body = data if isinstance(data, bytes) else errors.success(data)
            response = Response(200, body, errors.JSON_HEADERS)
        except errors.ApiError as error:
            response = error.response()
        if request.path == _TIMESTAMP and response.status == 200:
            return response
        headers = {**response.headers, **self._budget.headers(request.client, now_ms)}
        return Response(response.status, response.body, headers)

    def _candles(self, request: Request, now_ms: int) -> bytes:
        hints = query_hints(
            request.query,
            {"symbol": self._market.pairs, "type": self._profile.intervals},
            ("startAt", "endAt"),
        )
        if hints:
            self._journal.add(now_ms, "near-miss", 0, f"candles: {hints}")
        query = params.candles(request.query, self._profile, self._market.pairs)
        return self.history.body(query, now_ms)

    def _symbols(self, request: Request, now_ms: int) -> str:
        wanted = params.parse(request.query).get("market")
        return self._listing.symbols(now_ms, wanted, newer=request.path.startswith("/api/v2/"))

    def _all_tickers(self, request: Request, now_ms: int) -> str:
        return f'{{"time":{now_ms},"ticker":[]}}'

    def _bullet(self, request: Request, now_ms: int) -> str:
        endpoint, encrypt = self._endpoint(request)
        server = {
            "endpoint": endpoint,
            "encrypt": encrypt,
            "protocol": "websocket",
            "pingInterval": self._profile.ping_interval_ms,
            "pingTimeout": self._profile.ping_timeout_ms,
        }
        return compact({"token": self._tokens.issue(now_ms), "instanceServers": [server]})

    def _endpoint(self, request: Request) -> tuple[str, bool]:
        """Return where to connect: in production if asked there, else where it was asked."""
        profile = self._profile
        host = request.headers.get("host", "")
        name = host.lower().partition(":")[0]
        if not _HOST.fullmatch(host) or name in (*profile.rest_hosts, *profile.ws_hosts):
            return f"wss://{profile.ws_hosts[0]}{profile.ws_path}", True
        return f"{'wss' if request.secure else 'ws'}://{host}{profile.ws_path}", request.secure

    def _private(self, request: Request, now_ms: int) -> str:
        raise errors.unsigned()

    def _not_found(self, request: Request, now_ms: int) -> Response:
        near = nearest(request.path, self._endpoints)
        hint = f"; nearest is {near}" if near else ""
        self._journal.add(now_ms, "near-miss", 0, f"no such path: {request.path}{hint}")
        return errors.not_found().response()
