"""The REST side: candles, the pairs, the time, and tokens for the stream.

Every answer is ``{"code":0,"message":"ok",…}``, or an error of the same form.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.hints import query_hints
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.rows import Rows
from mock_exchanges.demo import errors, params, tokens, wire
from mock_exchanges.demo.budget import Budget
from mock_exchanges.demo.profile import Profile

_ADDRESS = re.compile(r"[A-Za-z0-9.-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", re.ASCII)


class Rest:
    """All endpoints of one exchange."""

    def __init__(self, market: Market, profile: Profile, budget: Budget, journal: Journal) -> None:
        self.rows = Rows(market, wire.candle)
        self._market = market
        self._profile = profile
        self._budget = budget
        self._journal = journal
        # path -> method, and what makes the members of the answer
        self._endpoints: dict[str, tuple[str, Callable[[Request, int], str]]] = {
            "/api/v1/time": ("GET", self._time),
            "/api/v1/pairs": ("GET", self._pairs),
            "/api/v1/candles": ("GET", self._candles),
            profile.token_path: ("POST", self._token),
        }

    def answer(self, request: Request, now_ms: int) -> Response:
        """Answer a request. Never raises: what is wrong with it is in the answer."""
        try:
            self._budget.request(request.client, now_ms)
            method, members = self._endpoint(request, now_ms)
            if request.method != method:
                raise errors.wrong_method(method)
            body = f'{{"code":0,"message":"ok",{members(request, now_ms)}}}'
        except errors.DemoError as error:
            return error.response()
        return Response(200, body.encode(), errors.JSON_HEADERS)

    def _endpoint(self, request: Request, now_ms: int) -> tuple[str, Callable[[Request, int], str]]:
        found = self._endpoints.get(request.path)
        if found is None:
            near = nearest(request.path, self._endpoints)
            hint = f"; nearest is {near}" if near else ""
            self._journal.add(now_ms, "near-miss", 0, f"no such path: {request.path}{hint}")
            raise errors.no_such_path(request.path)
        return found

    def _time(self, request: Request, now_ms: int) -> str:
        return f'"data":{{"ts":{now_ms}}}'

    def _pairs(self, request: Request, now_ms: int) -> str:
        listed = [
            {"symbol": name, "base": pair.base, "quote": pair.quote,
             "price_digits": pair.price_digits, "volume_digits": pair.volume_digits}
            for name, pair in self._market.pairs.items()
        ]  # fmt: skip
        return f'"data":{errors.dumps(listed)}'

    def _token(self, request: Request, now_ms: int) -> str:
        token = tokens.issue(self._market.seed, now_ms)
        life_s = self._profile.token_life_ms // SECOND_MS
        return f'"token":"{token}","endpoint":"{self._endpoint_for(request)}","expires_in":{life_s}'

    def _endpoint_for(self, request: Request) -> str:
        """Return production's endpoint, or this mock's for who calls it by its own address."""
        profile, host = self._profile, request.headers.get("host", "")
        if not _ADDRESS.fullmatch(host) or host.lower().partition(":")[0] in profile.rest_hosts:
            return f"wss://{profile.ws_hosts[0]}{profile.ws_path}"
        return f"{'wss' if request.secure else 'ws'}://{host}{profile.ws_path}"

    def _candles(self, request: Request, now_ms: int) -> str:
        try:
            asked = params.candles(request.query, self._profile, self._market.pairs)
        except errors.DemoError as error:
            self._journal.add(now_ms, "near-miss", 0, f"{error.message}{self._near(request.query)}")
            raise
        words = {"symbol": self._market.pairs, "interval": self._profile.intervals}
        hints = query_hints(request.query, words, ("start", "end", "limit"))
        if hints:
            self._journal.add(now_ms, "near-miss", 0, f"candles: {hints}")
        pair, grid, limit = asked.pair, asked.grid, asked.limit
        end = now_ms if asked.end_ms is None else asked.end_ms
        if asked.start_ms is None:
            rows = self.rows.newest(pair, grid, end, limit, now_ms)
        else:
            rows = self.rows.oldest(pair, grid, asked.start_ms, end, limit, now_ms)
        return f'"data":[{",".join(rows)}]'

    def _near(self, query: str) -> str:
        """Return the nearest pair and interval for a request that was refused."""
        sent = params.parse(query)
        pair = nearest(sent.get("symbol", "").upper(), self._market.pairs)
        interval = nearest(sent.get("interval", ""), self._profile.intervals)
        return f"; nearest is symbol={pair}&interval={interval}" if pair and interval else ""
