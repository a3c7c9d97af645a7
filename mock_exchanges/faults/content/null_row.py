"""A candle that is there, and has no numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register

# open time, four prices, volume: the columns of a row's begin, on every exchange
_COLUMNS = 6
# how the exchanges name them where a candle is an object
_NAMES = ({"o", "h", "l", "c", "v"}, {"open", "high", "low", "close", "volume"})


class NullRow(Fault):
    """Candles come with null or empty text in place of their prices and their volume.

    Their time stands, and so does all else. ``after``, ``every`` and ``times`` count messages of
    streams and answers with candles.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.content.null_row:ActiveNullRow"

    fault: Literal["null-row"] = "null-row"
    of: Literal["any", "stream", "rest"] = Field(
        default="any", description="messages of streams, REST answers, or both"
    )
    value: Literal["null", "empty"] = Field(
        default="null", description="what stands in place of numbers: null, or empty text"
    )
    each_row: int = Field(
        default=1, ge=1, description="of the candles of one answer or message only each so-manieth"
    )

    def aims_at(self, action: Action) -> bool:
        return self.of != "rest" and super().aims_at(action)

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        if not isinstance(action, Send):
            return [action]
        return [replace(action, text=self.emptied(action.text) or action.text)]

    def aims_at_request(self, request: Request) -> bool:
        return self.of != "stream"

    def spoil_response(
        self, work: ActiveFault, request: Request, response: Response, now_ms: int
    ) -> Response:
        body = self.emptied(response.body.decode())
        return response if body is None else replace(response, body=body.encode())

    def emptied(self, text: str) -> str | None:
        """Return JSON whose candles have no numbers; None for what has no candles."""
        try:
            data = json.loads(text)
        except ValueError:
            return None
        found = list(_candles(data))
        for candle in found[self.each_row - 1 :: self.each_row]:
            for place in _numbers(candle):
                candle[place] = None if self.value == "null" else ""
        return compact(data) if found else None


class ActiveNullRow(ActiveFault):
    """Counts answers with candles alone."""

    fault: NullRow

    def on_response(self, request: Request, response: Response, now_ms: int) -> Response:
        if not self.engine.exchange.samples.asks_candles(request.path) or response.status != 200:
            return response
        if self.fault.emptied(response.body.decode()) is None:
            return response
        return super().on_response(request, response, now_ms)


def _numbers(candle: Any) -> Iterable[Any]:
    """Return where a row, or an object, has prices and volume; nothing if it is no candle."""
    if isinstance(candle, dict):
        return next((names for names in _NAMES if names <= set(candle)), ())
    return range(1, _COLUMNS)


def _candles(data: Any) -> Sequence[Any]:
    """Return the candles of a message or an answer, in its order: rows, or objects."""
    if isinstance(data, dict):
        if _numbers(data):
            return [data]
        return [candle for value in data.values() for candle in _candles(value)]
    if not isinstance(data, list):
        return []
    if len(data) >= _COLUMNS and not any(isinstance(each, (dict, list)) for each in data):
        return [data]
    return [candle for each in data for candle in _candles(each)]


register(NullRow)
