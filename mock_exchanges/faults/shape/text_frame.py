"""Plain text comes where JSON is expected."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class TextFrame(Fault):
    """Plain text that is no JSON comes before a candle message, or in its place."""

    fault: Literal["text-frame"] = "text-frame"
    text: str = Field(default="server busy", description="the text, such as a line of HTML")
    instead: bool = Field(
        default=False, description="in place of the candle message, which is lost"
    )

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        if self.instead and isinstance(action, Send):
            return [replace(action, text=self.text)]
        return [Send(self.text, role="notice"), action]


register(TextFrame)
