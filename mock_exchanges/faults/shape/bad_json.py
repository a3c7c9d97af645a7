"""A message is no JSON: it is cut off."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class BadJson(Fault):
    """Candle messages are cut off in the middle, so that they are no JSON."""

    fault: Literal["bad-json"] = "bad-json"
    keep: float = Field(
        default=0.5, gt=0, lt=1, description="the part of the characters that is left"
    )
    text: str = Field(default="", description="the broken message itself, in place of a cut one")

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        if not isinstance(action, Send):
            return [action]
        cut = self.text or action.text[: max(1, int(len(action.text) * self.keep))]
        return [replace(action, text=cut)]


register(BadJson)
