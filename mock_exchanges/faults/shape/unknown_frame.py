"""A message of an unknown kind comes between the candles."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import Field, field_validator

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class UnknownFrame(Fault):
    """Before a candle message comes well-formed JSON of a kind that nobody documented."""

    fault: Literal["unknown-frame"] = "unknown-frame"
    text: str = Field(
        default='{"kind":"weather","version":2,"payload":{"level":1,"tags":["a","b"]}}',
        description="the message, JSON",
    )

    @field_validator("text")
    @classmethod
    def _is_json(cls, text: str) -> str:
        try:
            json.loads(text)
        except ValueError as error:
            raise ValueError(
                f"text is {text!r}, expected JSON ({error}); for other text there is 'text-frame'"
            ) from None
        return text

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return [Send(self.text, role="notice"), action]


register(UnknownFrame)
