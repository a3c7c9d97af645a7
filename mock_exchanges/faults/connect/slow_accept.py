"""A handshake that takes its time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class SlowAccept(Fault):
    """WebSocket handshakes are answered late; what comes on the connection waits for that.

    Handshakes that wait are answered when the last fault is removed.
    """

    fault: Literal["slow-accept"] = "slow-accept"
    delay_s: float = Field(
        default=10, gt=0, description="how late the handshake is answered, seconds"
    )

    def spoil_opening(self, work: ActiveFault, connection: Connection, now_ms: int) -> None:
        connection.accept_after_ms += round(self.delay_s * 1000)


register(SlowAccept)
