"""History that seems to be empty."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar, Literal

from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.pressure.of_candles import ActiveOfCandles, OfCandles
from mock_exchanges.faults.table import register


class RestEmptyPage(OfCandles):
    """REST requests for candles are answered well, with a page that has none.

    A page that is empty anyway, and an error, pass as they are.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.rest_empty_page:ActiveRestEmptyPage"

    fault: Literal["rest-empty-page"] = "rest-empty-page"

    def spoil_response(
        self, work: ActiveFault, request: Request, response: Response, now_ms: int
    ) -> Response:
        page = emptied(response)
        return response if page is None else page


class ActiveRestEmptyPage(ActiveOfCandles):
    """Counts pages with candles alone."""

    def on_response(self, request: Request, response: Response, now_ms: int) -> Response:
        if emptied(response) is None:
            return response
        return super().on_response(request, response, now_ms)


def emptied(response: Response) -> Response | None:
    """Return a page of candles without its rows; None for what is no page with rows.

    Every exchange sends its rows as a list: as the body itself, or as one of its members.
    """
    if response.status != 200:
        return None
    try:
        body: Any = json.loads(response.body)
    except ValueError:
        return None
    if isinstance(body, list):
        return replace(response, body=b"[]") if body else None
    if not isinstance(body, dict):
        return None
    for name, value in body.items():
        if isinstance(value, list) and value:
            return replace(response, body=compact({**body, name: []}).encode())
    return None


register(RestEmptyPage)
