"""The REST side: which path is answered how, at what weight, with what headers.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from mock_exchanges.binance import errors, params, wire
from mock_exchanges.binance.budget import Budget
from mock_exchanges.binance.handshake import TIME_UNITS
from mock_exchanges.binance.history import History
from mock_exchanges.binance.listing import Listing
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.following import Following
from mock_exchanges.core.hints import query_hints
from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest

_NOT_FOUND = b"<html><body><h2>404 Not found</h2></body></html>"
_KLINE_PARAMETERS = ("startTime", "endTime", "timeZone", "limit")
_STATUSES = ("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY")


@dataclass(frozen=True, slots=True)
class _Call:
    """A request on its way to an endpoint."""

    query: str
    now_ms: int
    micro: bool


class Rest:
    """All endpoints of one exchange."""

    def __init__(self, market: Market, profile: Profile, budget: Budget, journal: Journal) -> None:
        self.history = History(market, profile)
        self._market = market
        self._profile = profile
        self._budget = budget
        self._journal = journal
        self._listing = Listing(market, profile)
        self._listed = Following(market.pairs, wire.symbols)
        self._answered = 0
        single, several = profile.weight_price
        small, klines = profile.weight_small, profile.weight_klines
        self._price_weights = (single, several)
        self._endpoints: dict[str, tuple[int, Callable[[_Call], bytes]]] = {
            "/api/v3/ping": (small, self._ping),
            "/api/v3/time": (small, self._time),
            "/api/v3/exchangeInfo": (profile.weight_exchange_info, self._exchange_info),
            "/api/v3/klines": (klines, self._klines),
            "/api/v3/uiKlines": (klines, self._klines),
            "/api/v3/ticker/price": (several, self._price),
        }

    @property
    def _symbols(self) -> dict[str, str]:
        return self._listed.get()

    def answer(self, request: Request, now_ms: int) -> Response:
        """Answer a request. Never raises: what is wrong with it is in the answer."""
        self._answered += 1
        endpoint = self._endpoints.get(request.path)
        if endpoint is None:
            return self._not_found(request, now_ms)
        if request.method != "GET":
            return Response(405, b"", {"Allow": "GET", "Server": "nginx"})
        weight, answer = endpoint
        if answer == self._price and "symbol=" in request.query:
            weight = self._price_weights[0]
        used = self._budget.spend(request.client, weight, now_ms)
        try:
            self._budget.check(request.client, now_ms)
            call = _Call(request.query, now_ms, self._micro(request))
            response = Response(200, answer(call), errors.JSON_HEADERS)
        except errors.ApiError as error:
            response = error.response()
        return Response(
            response.status,
            response.body,
            {
                **response.headers,
                "x-mbx-uuid": self._uuid(now_ms),
                "x-mbx-used-weight": str(used),
                "x-mbx-used-weight-1m": str(used),
            },
        )

    def _ping(self, call: _Call) -> bytes:
        params.nothing(call.query)
        return b"{}"

    def _time(self, call: _Call) -> bytes:
        params.nothing(call.query)
        now = call.now_ms * 1000 if call.micro else call.now_ms
        return compact({"serverTime": now}).encode()

    def _klines(self, call: _Call) -> bytes:
        hints = query_hints(
            call.query,
            {"symbol": self._symbols, "interval": self._profile.intervals},
            _KLINE_PARAMETERS,
        )
        if hints:
            self._journal.add(call.now_ms, "near-miss", 0, f"candles: {hints}")
        query = params.klines(call.query, self._profile, self._symbols)
        return self.history.body(self._symbols[query.symbol], query, call.now_ms, call.micro)

    def _exchange_info(self, call: _Call) -> bytes:
        sent = params.parse(call.query)
        known = ("symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus")
        wanted = params.several_symbols(sent, self._profile, self._symbols)
        params.check_read(sent, known)
        status = sent.get("symbolStatus")
        if status is not None and status not in _STATUSES:
            raise errors.invalid("symbolStatus")
        pairs = [self._symbols[symbol] for symbol in wanted or self._symbols]
        return self._listing.exchange_info(pairs, call.now_ms, call.micro, status)

    def _price(self, call: _Call) -> bytes:
        sent = params.parse(call.query)
        wanted = params.several_symbols(sent, self._profile, self._symbols)
        params.check_read(sent, ("symbol", "symbols"))
        prices = [
            price
            for symbol in (self._symbols if wanted is None else wanted)
            if (price := self._listing.price(self._symbols[symbol], call.now_ms)) is not None
        ]
        if "symbol" not in sent:
            return f"[{','.join(prices)}]".encode()
        if not prices:
            raise errors.bad_symbol()
        return prices[0].encode()

    def _micro(self, request: Request) -> bool:
        """Return whether times are wanted in microseconds."""
        if "application/sbe" in request.headers.get("accept", ""):
            raise errors.ApiError(-1155, "SBE is not enabled.")
        unit = request.headers.get("x-mbx-time-unit", "MILLISECOND")
        if unit not in TIME_UNITS:
            raise errors.bad_time_unit()
        return TIME_UNITS[unit]

    def _not_found(self, request: Request, now_ms: int) -> Response:
        near = nearest(request.path, self._endpoints)
        hint = f"; nearest is {near}" if near else ""
        self._journal.add(now_ms, "near-miss", 0, f"no such path: {request.path}{hint}")
        html = "text/html" in request.headers.get("accept", "")
        headers = {"Server": "nginx"}
        if html:
            headers["Content-Type"] = "text/html"
        return Response(404, _NOT_FOUND if html else b"", headers)

    def _uuid(self, now_ms: int) -> str:
        """Return an id that looks random and is the same in every run."""
        seed = f"{now_ms}/{self._answered}".encode()
        return str(uuid.UUID(bytes=hashlib.blake2b(seed, digest_size=16).digest(), version=4))
