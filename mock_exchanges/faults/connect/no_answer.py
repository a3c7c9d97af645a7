"""A question without an answer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.http import Request
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.connect.of_http import OfHttp
from mock_exchanges.faults.table import register


class NoAnswer(OfHttp):
    """The connection ends where the answer to a request or a handshake was to come."""

    fault: Literal["no-answer"] = "no-answer"
    how: Literal["eof", "reset"] = Field(
        default="eof", description="eof: the stream ends; reset: TCP is reset"
    )

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> Drop:
        return Drop(self.how)

    def spoil_handshake(self, work: ActiveFault, request: Request, now_ms: int) -> Drop:
        return Drop(self.how)


register(NoAnswer)
