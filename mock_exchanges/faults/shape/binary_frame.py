"""Text comes as a binary message."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class BinaryFrame(Fault):
    """Candle messages come as binary messages, with the same JSON in them."""

    fault: Literal["binary-frame"] = "binary-frame"

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return [replace(action, binary=True) if isinstance(action, Send) else action]


register(BinaryFrame)
