"""What all faults share that keep messages of streams from being sent at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.interference import Delivery
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault


class Muting(Fault):
    """Keeps messages back as if the exchange had not made them.

    A stream's messages are stopped before the connection numbers or counts them, so
    that nothing but the silence tells of it; all else is stopped on its way out.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.silence.muting:ActiveMuting"

    def spoil_delivery(self, work: ActiveFault, delivery: Delivery, now_ms: int) -> Sequence[str]:
        return ()

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return []


class ActiveMuting(ActiveFault):
    """Counts each message once, whichever way it goes."""

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if self.engine.delivering:
            return actions
        return super().on_actions(connection, actions, now_ms)
