"""The exchange closes the connection, with a code."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from mock_exchanges.core.actions import Action, Close
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.faults.table import register

_NO_CODE = 1005
# what a close frame holds beside the code: RFC 6455, 5.5
_REASON_BYTES = 123


class CloseCode(Ending):
    """The connection ends with a close frame that carries this code and reason.

    1005 is a close frame without a code. Clients take other codes that must not be in
    a frame (RFC 6455, 7.4) for a protocol error, each in its way.
    """

    fault: Literal["close-code"] = "close-code"
    code: int = Field(default=1001, ge=1000, le=4999, description="the close code; 1005 sends none")
    reason: str = Field(default="", description="the reason in the close frame")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_reason(self.code, self.reason)
        return self

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        return [Close(self.code, self.reason)]


def check_reason(code: int | None, reason: str) -> None:
    """Raise ValueError for a reason that no close frame can carry beside this code."""
    size = len(reason.encode())
    if size > _REASON_BYTES:
        raise ValueError(f"reason has {size} bytes, expected at most {_REASON_BYTES}")
    if code == _NO_CODE and reason:
        raise ValueError(f"reason is {reason!r}, expected none: code 1005 is an empty close frame")


register(CloseCode)
