"""A connection that is over as soon as it is there."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class UpgradeDrop(Fault):
    """The WebSocket handshake succeeds, and the connection ends at once, without a word."""

    works_as: ClassVar[str] = "mock_exchanges.faults.connect.upgrade_drop:ActiveUpgradeDrop"

    fault: Literal["upgrade-drop"] = "upgrade-drop"
    how: Literal["eof", "reset"] = Field(
        default="eof", description="eof: the stream ends; reset: TCP is reset"
    )

    def spoil_opening(self, work: ActiveFault, connection: Connection, now_ms: int) -> None:
        work.memory[connection.number] = True


class ActiveUpgradeDrop(ActiveFault):
    """Puts the end in the place of the first words, even if there are none."""

    fault: UpgradeDrop

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if self.memory.pop(connection.number, False):
            return [Drop(self.fault.how)]
        return actions


register(UpgradeDrop)
