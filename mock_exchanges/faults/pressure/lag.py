"""Everything that the exchange sends comes late."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault, shown
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class Lag(Fault):
    """Every message, ping and close arrives late by a fixed time, in the right order."""

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.lag:ActiveLag"

    fault: Literal["lag"] = "lag"
    delay_s: float = Field(default=3, gt=0, description="how many seconds late they arrive")

    def aims_at(self, action: Action) -> bool:
        return True


class ActiveLag(ActiveFault):
    """Holds back what leaves; what it spares does not overtake what it holds."""

    fault: Lag

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self.means(connection):
            return actions
        sent: list[Action] = []
        for action in actions:
            held_ms = self.waiting(connection)
            if self.aims_at(action) and self.strikes(connection.number, now_ms, shown(action)):
                due_ms = now_ms + round(self.fault.delay_s * 1000)
                self.later(max(due_ms, held_ms or 0), connection, [action])
            elif held_ms is not None:
                self.later(held_ms, connection, [action])
            else:
                sent.append(action)
        return sent


register(Lag)
