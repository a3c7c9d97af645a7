"""Pings are not answered."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.actions import Action, Pong, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class MutePong(Fault):
    """The client's pings are not answered, neither frames nor texts, while candles go on.

    The exchange hears them: a client that pings is not taken for idle.
    """

    fault: Literal["mute-pong"] = "mute-pong"

    def aims_at(self, action: Action) -> bool:
        return isinstance(action, Pong) or (isinstance(action, Send) and action.role == "pong")

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return []


register(MutePong)
