"""The exchange added fields and columns to its candles."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register

# open time, four prices: shorter lists of values are no candles
_COLUMNS = 5


class ExtraField(Fault):
    """Candle messages and answers have one more key, and rows one more column at their end.

    With ``size`` they are large: the outermost object alone has the new key, and the value is
    repeated until it is so long.
    """

    fault: Literal["extra-field"] = "extra-field"
    of: Literal["any", "stream", "rest"] = Field(
        default="any", description="messages of streams, REST answers, or both"
    )
    key: str = Field(default="newField", min_length=1, description="the new key")
    value: str = Field(
        default="0", min_length=1, description="its value, and that of the new column"
    )
    size: int | None = Field(
        default=None, ge=1, description="how many characters the value of the whole message has"
    )

    def aims_at(self, action: Action) -> bool:
        return self.of != "rest" and super().aims_at(action)

    def aims_at_request(self, request: Request) -> bool:
        return self.of != "stream"

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return [
            replace(action, text=self.grown(action.text)) if isinstance(action, Send) else action
        ]

    def spoil_response(
        self, work: ActiveFault, request: Request, response: Response, now_ms: int
    ) -> Response:
        return replace(response, body=self.grown(response.body.decode()).encode())

    def grown(self, text: str) -> str:
        """Return JSON with the new key and column; other text as it is."""
        try:
            data = json.loads(text)
        except ValueError:
            return text
        if self.size is None:
            return compact(self._grown(data))
        if not isinstance(data, dict):
            return text
        long = self.value * (self.size // len(self.value) + 1)
        return compact({**data, self.key: long[: self.size]})

    def _grown(self, data: Any) -> Any:
        if isinstance(data, dict):
            grown = {name: self._grown(value) for name, value in data.items()}
            # What only names what a message is about, clients compare as a whole.
            return grown if data and all(map(_is_name, data.values())) else {
                **grown, self.key: self.value,
            }  # fmt: skip
        if not isinstance(data, list):
            return data
        if len(data) >= _COLUMNS and not any(isinstance(each, (dict, list)) for each in data):
            return [*data, self.value]
        return [self._grown(each) for each in data]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and not value.replace(".", "").isdigit()


register(ExtraField)
