"""What faults share that are about REST requests for candles alone."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.samples import Samples
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault


class OfCandles(Fault):
    """Strikes REST requests for candles; those for anything else pass."""

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.of_candles:ActiveOfCandles"


class ActiveOfCandles(ActiveFault):
    """Asks the exchange which paths serve candles."""

    @cached_property
    def samples(self) -> Samples:
        """What an observer knows of the exchange."""
        return self.engine.exchange.samples

    def on_request(self, request: Request, now_ms: int) -> Response | Drop | None:
        if not self.samples.asks_candles(request.path):
            return None
        return super().on_request(request, now_ms)

    def on_response(self, request: Request, response: Response, now_ms: int) -> Response:
        if not self.samples.asks_candles(request.path):
            return response
        return super().on_response(request, response, now_ms)
