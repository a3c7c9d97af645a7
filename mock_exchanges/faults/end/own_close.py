"""Ends that are the exchange's own unless a close code is given."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.end.close_code import check_reason
from mock_exchanges.faults.end.ending import Ending


class OwnClose(Ending):
    """Closes with a code and a reason, or as the exchange does by itself."""

    code: int | None = Field(
        default=None,
        ge=1000,
        le=4999,
        description="the close code; by default the exchange ends it in its own way",
    )
    reason: str = Field(default="", description="the reason in the close frame, with a code")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_reason(self.code, self.reason)
        if self.reason and self.code is None:
            raise ValueError(f"reason is {self.reason!r} without a code; expected code, too")
        return self

    def closing(self, connection: Connection) -> Close | Drop:
        """Return how the connection ends."""
        return connection.session.bye() if self.code is None else Close(self.code, self.reason)
