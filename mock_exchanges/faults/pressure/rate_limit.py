"""The client asks too much, the exchange finds."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.connect.of_http import OfHttp
from mock_exchanges.faults.pressure.until import ends_ms, seconds_until
from mock_exchanges.faults.table import register


class RateLimit(OfHttp):
    """Requests are answered as the exchange answers too many of them.

    With ``for_s`` the answer's Retry-After, where the exchange sends one, counts down to
    the end; without it is ``retry_after_s`` each time.
    """

    fault: Literal["rate-limit"] = "rate-limit"
    of: Literal["any", "rest", "handshake"] = Field(
        default="rest", description="REST requests, WebSocket handshakes, or both"
    )
    retry_after_s: int = Field(
        default=1, ge=0, description="how long to wait, as the answer says, seconds"
    )

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._too_many(work, now_ms, handshake=False)

    def spoil_handshake(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._too_many(work, now_ms, handshake=True)

    def _too_many(self, work: ActiveFault, now_ms: int, *, handshake: bool) -> Response:
        until_ms = ends_ms(work)
        wait_s = self.retry_after_s if until_ms is None else seconds_until(until_ms, now_ms)
        return work.engine.exchange.samples.too_many(wait_s, handshake=handshake)


register(RateLimit)
