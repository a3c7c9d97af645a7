"""The candles stop while the connection looks well."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class MuteData(Fault):
    """The client gets no more candles, while pings, pongs and answers go on."""

    fault: Literal["mute-data"] = "mute-data"

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return []


register(MuteData)
