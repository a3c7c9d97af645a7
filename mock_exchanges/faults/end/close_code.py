"""The exchange closes the connection, with a code."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Close
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.faults.table import register


class CloseCode(Ending):
    """The connection ends with a close frame that carries this code and reason."""

    fault: Literal["close-code"] = "close-code"
    code: int = Field(default=1001, ge=1000, le=4999, description="the close code")
    reason: str = Field(default="", max_length=123, description="the reason in the close frame")

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        return [Close(self.code, self.reason)]


register(CloseCode)
