"""A message comes in several frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class Fragment(Fault):
    """Each candle message comes in several WebSocket frames (RFC 6455, 5.4)."""

    fault: Literal["fragment"] = "fragment"
    pieces: int = Field(default=3, ge=2, description="in how many frames a message comes")

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return [replace(action, fragments=self.pieces) if isinstance(action, Send) else action]


register(Fragment)
