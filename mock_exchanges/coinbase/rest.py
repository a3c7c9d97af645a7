"""The REST side: which path is answered how, to whom.

Market data is at ``/market/products`` for everybody and at ``/products`` for tokens; public
answers are a second old at most unless the request says ``cache-control: no-cache``.
https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/get-public-product-candles
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from mock_exchanges.coinbase import errors, params, tokens, wire
from mock_exchanges.coinbase.budget import Budget
from mock_exchanges.coinbase.listing import Listing
from mock_exchanges.coinbase.names import Names
from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.hints import query_hints
from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.rows import Rows

_ROOT = "/api/v3/brokerage"
_PRODUCT = re.compile(rf"{_ROOT}(/market)?/products/([^/]+)(/candles)?")
_TYPES = ("", "UNKNOWN_PRODUCT_TYPE", "SPOT", "FUTURE")


@dataclass(frozen=True, slots=True)
class _Call:
    """A request on its way to an endpoint, as of a time."""

    query: str
    now_ms: int
    product: str = ""


_Endpoint = Callable[[_Call], bytes]


class Rest:
    """All endpoints of one exchange."""

    def __init__(
        self, market: Market, names: Names, profile: Profile, budget: Budget, journal: Journal
    ) -> None:
        self.rows = Rows(market, wire.row, flat=False)
        self._names = names
        self._profile = profile
        self._budget = budget
        self._journal = journal
        self._listing = Listing(market, names)
        # path -> (whether it wants a token, answer)
        self._endpoints: dict[str, tuple[bool, _Endpoint]] = {
            f"{_ROOT}/time": (False, self._time),
            f"{_ROOT}/market/products": (False, self._products),
            f"{_ROOT}/products": (True, self._products),
            f"{_ROOT}/transaction_summary": (True, self._transaction_summary),
            "/v2/time": (False, self._old_time),
            "/v2/currencies": (False, self._currencies),
            "/v2/currencies/crypto": (False, self._assets),
            "/v2/exchange-rates": (False, self._rates),
        }

    def answer(self, request: Request, now_ms: int) -> Response:
        """Answer a request. Never raises: what is wrong with it is in the answer."""
        found = self._find(request.path)
        if found is None:
            return self._not_found(request.path, now_ms)
        private, answer, product = found
        if request.method != "GET":
            return Response(405, b"", {"Allow": "GET"})
        if private and not self._authorized(request, now_ms):
            return errors.unauthorized()
        if not self._budget.request(request.client, now_ms, private=private):
            return errors.too_many(self._profile.too_many_requests)
        fresh = private or "no-cache" in request.headers.get("cache-control", "")
        age = 0 if fresh else now_ms % self._profile.cached_ms
        try:
            body = answer(_Call(request.query, now_ms - age, product))
        except errors.ApiError as error:
            return error.response()
        return Response(200, body, self._headers(private))

    def _find(self, path: str) -> tuple[bool, _Endpoint, str] | None:
        if path in self._endpoints:
            return *self._endpoints[path], ""
        match = _PRODUCT.fullmatch(path)
        if match is None:
            return None
        public, product, candles = match.groups()
        return public is None, self._candles if candles else self._product, unquote(product)

    def _authorized(self, request: Request, now_ms: int) -> bool:
        """Return whether the request has a token for just this request."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            self._miss(now_ms, f"{request.path} wants 'Authorization: Bearer <JWT>'")
            return False
        own = request.headers.get("host", "")
        # ccxt cuts off https:// alone, and a mock may be served without TLS
        hosts = (*self._profile.rest_hosts, own, f"http://{own}")
        uris = [f"{request.method} {host}{request.path}" for host in hosts]
        try:
            tokens.check(token.strip(), self._profile, now_ms, uris)
        except tokens.BadToken as bad:
            self._miss(now_ms, f"bad token for {request.path}: {bad}")
            return False
        return True

    def _headers(self, private: bool) -> Mapping[str, str]:
        if private:
            return errors.JSON_HEADERS
        return {**errors.JSON_HEADERS, "Cache-Control": self._profile.cache_header}

    def _candles(self, call: _Call) -> bytes:
        hints = query_hints(
            call.query, {"granularity": self._profile.intervals}, ("start", "end", "limit")
        )
        if hints:
            self._miss(call.now_ms, f"candles: {hints}")
        query = params.candles(call.query, self._profile)
        book = self._names.book(call.product)
        if book is None:
            self._miss(call.now_ms, self._names.explain(call.product))
            raise errors.unknown_product(self._profile.unknown_product)
        found = self.rows.between(book, query.grid, query.start_ms, query.end_ms, call.now_ms)
        newest_first = ",".join(reversed(found[-query.limit :]))
        return f'{{"candles":[{newest_first}]}}'.encode()

    def _product(self, call: _Call) -> bytes:
        if self._names.book(call.product) is None:
            self._miss(call.now_ms, self._names.explain(call.product))
            raise errors.unsupported_product(call.product)
        return _json(self._listing.product(call.product, call.now_ms))

    def _products(self, call: _Call) -> bytes:
        sent = params.parse(call.query)
        kind = params.single(sent, "product_type")
        if kind not in _TYPES:
            raise errors.unparsed("product_type", f'"{kind}" is not a valid value')
        limit, offset = params.number(sent, "limit"), params.number(sent, "offset")
        if kind == "FUTURE":
            return _json({"products": [], "num_products": 0, "pagination": None})
        wanted = sent.get("product_ids", [])
        return _json(self._listing.products(wanted, limit, offset, call.now_ms))

    def _time(self, call: _Call) -> bytes:
        seconds = call.now_ms // 1000
        return _json({"iso": wire.second(call.now_ms), "epochSeconds": str(seconds),
                      "epochMillis": str(call.now_ms)})  # fmt: skip

    def _old_time(self, call: _Call) -> bytes:
        return _json({"data": {"iso": wire.second(call.now_ms), "epoch": call.now_ms // 1000}})

    def _currencies(self, call: _Call) -> bytes:
        return _json(self._listing.currencies())

    def _assets(self, call: _Call) -> bytes:
        return _json(self._listing.assets())

    def _rates(self, call: _Call) -> bytes:
        return _json(self._listing.rates(call.now_ms))

    def _transaction_summary(self, call: _Call) -> bytes:
        tier = {"pricing_tier": "Intro 1", "usd_from": "0", "usd_to": "10000",
                "taker_fee_rate": "0.012", "maker_fee_rate": "0.006"}  # fmt: skip
        return _json({"total_volume": 0, "total_fees": 0, "fee_tier": tier,
                      "margin_rate": None, "goods_and_services_tax": None})  # fmt: skip

    def _not_found(self, path: str, now_ms: int) -> Response:
        candles = f"{_ROOT}/market/products/<product_id>/candles"
        near = nearest(path, [*self._endpoints, candles])
        self._miss(now_ms, f"no such path: {path}{f'; nearest is {near}' if near else ''}")
        return errors.not_found()

    def _miss(self, now_ms: int, text: str) -> None:
        self._journal.add(now_ms, "near-miss", 0, text)


def _json(value: Any) -> bytes:
    return compact(value).encode()
