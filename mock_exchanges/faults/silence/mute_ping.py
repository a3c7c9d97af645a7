"""The exchange's own pings stop."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Ping, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class MutePing(Fault):
    """The exchange's own pings stop, frames and texts, while candles go on.

    Who asks nothing waits for no answer, so the connection lives on, unless
    ``unanswered`` has the pings lost on their way.
    """

    fault: Literal["mute-ping"] = "mute-ping"
    unanswered: bool = Field(
        default=False,
        description="the exchange has asked, and gives the client up that does not answer",
    )

    def aims_at(self, action: Action) -> bool:
        return isinstance(action, Ping) or (isinstance(action, Send) and action.role == "ping")

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        if not self.unanswered:
            connection.session.unasked()
        return []


register(MutePing)
