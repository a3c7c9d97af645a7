"""An exchange that takes its time."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class Slow(Fault):
    """REST requests are answered late, with what was true when they arrived.

    Answers under way are sent when the last fault is removed.
    """

    fault: Literal["slow"] = "slow"
    delay_s: float = Field(default=10, gt=0, description="how late the answer comes, seconds")

    def spoil_response(
        self, work: ActiveFault, request: Request, response: Response, now_ms: int
    ) -> Response:
        return replace(response, after_ms=response.after_ms + round(self.delay_s * 1000))


register(Slow)
