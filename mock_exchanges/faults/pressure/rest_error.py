"""A request for candles fails in a way that the exchange has."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.nearest import nearest
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.pressure.of_candles import OfCandles
from mock_exchanges.faults.table import register


class RestError(OfCandles):
    """REST requests for candles are answered with an error of the exchange, chosen by name.

    The names differ between exchanges; a wrong one is answered with those there are.
    """

    fault: Literal["rest-error"] = "rest-error"
    failure: str = Field(
        default="",
        description="the name of the failure, such as 'HTTP 200 with HTML'; "
        "by default the exchange's first one, an error in its own words",
    )

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        known = exchange.samples.rest_failures()
        if not known:
            raise ValueError(f"fault 'rest-error' cannot be at {exchange.name}: it has no failures")
        if self.failure and self.failure not in known:
            near = nearest(self.failure, known)
            hint = f"; did you mean {near!r}?" if near else ""
            names = ", ".join(map(repr, known))
            raise ValueError(
                f"failure is {self.failure!r}, expected one that {exchange.name} has: {names}{hint}"
            )

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        failures = work.engine.exchange.samples.rest_failures()
        return failures[self.failure or next(iter(failures))]


register(RestError)
