"""The exchange shuts a client out."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.pressure.until import ends_ms
from mock_exchanges.faults.table import register

# What is told of a ban whose end nobody has set: three days, the longest that is documented
# (https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits).
_LONGEST_S = 3 * 24 * 3600


class Ban(Fault):
    """Requests and WebSocket handshakes are answered as the exchange answers who is banned.

    Connections that are open stay so. Where an exchange knows no ban, the answer is that to
    too many requests.
    """

    fault: Literal["ban"] = "ban"
    for_s: float | None = Field(
        default=120,
        gt=0,
        description="how long the ban lasts, seconds; without, until the fault is removed",
    )

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._banned(work, now_ms, handshake=False)

    def spoil_handshake(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._banned(work, now_ms, handshake=True)

    def _banned(self, work: ActiveFault, now_ms: int, *, handshake: bool) -> Response:
        engine, until_ms = work.engine, ends_ms(work)
        if until_ms is None:
            until_ms = work.began_ms + _LONGEST_S * SECOND_MS
        return engine.exchange.samples.banned(
            engine.exchange_time(now_ms), engine.exchange_time(until_ms), handshake=handshake
        )


register(Ban)
