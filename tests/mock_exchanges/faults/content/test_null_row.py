"""null-row: candles with their time, and nothing else that is a number."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mock_exchanges.faults import NullRow
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.pressure.asking import CANDLES, fetched
from tests.mock_exchanges.faults.pressure.asking import rows as rows_of
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, live

_SHORT = set("ohlcv")
_LONG = {"open", "high", "low", "close", "volume"}
# where a message has its candle, and which of it are numbers
_PLACES: dict[str, tuple[Callable[[Any], Any], set[Any]]] = {
    "demo": (lambda data: data["data"], _SHORT),
    "binance": (lambda data: data["k"], _SHORT),
    "coinbase": (lambda data: data["events"][0]["candles"][0], _LONG),
    "okx": (lambda data: data["data"][0], set(range(1, 6))),
    "kucoin": (lambda data: data["data"]["candles"], set(range(1, 6))),
}


def _pairs(candle: Any) -> list[tuple[Any, Any]]:
    return list(candle.items() if isinstance(candle, dict) else enumerate(candle))


@pytest.mark.parametrize("value", ["null", "empty"])
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_messages_have_no_numbers_and_keep_all_else(exchange: str, value: str) -> None:
    heard = live(heard_with(NullRow.model_validate({"value": value}), exchange))
    clean = live(heard_without(exchange))
    assert clean
    place, numbers = _PLACES[exchange]
    assert len(heard) == len(clean)
    for nulled, plain in zip(heard, clean, strict=True):
        was, now = json.loads(plain.text), json.loads(nulled.text)
        for (key, before), (_, after) in zip(_pairs(place(was)), _pairs(place(now)), strict=True):
            nothing = None if value == "null" else ""
            assert after == (nothing if key in numbers else before), key


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_second_row_of_one_answer(exchange: str) -> None:
    async def act(one: Client) -> list[str]:
        return [(await fetched(one, CANDLES[exchange]))[1] for _ in range(3)]

    fault = NullRow(of="rest", each_row=2).after_requests(1).once()
    before, nulled, after = with_fault(fault, act, exchange)
    assert rows_of(after) == rows_of(before)
    changed = [
        [key for (key, was), (_, now) in zip(_pairs(a), _pairs(b), strict=True) if was != now]
        for a, b in zip(rows_of(before), rows_of(nulled), strict=True)
    ]
    assert [bool(keys) for keys in changed] == [n % 2 == 1 for n in range(len(changed))]
    assert len(changed) >= 3
    assert all(len(keys) == 5 for keys in changed[1::2])


def test_the_stream_alone_or_rest_alone() -> None:
    assert NullRow(of="stream").aims_at_request(None) is False  # type: ignore[arg-type]
    assert NullRow(of="rest").aims_at(None) is False  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "no JSON", "7", "[]", '{"id":1,"result":null}'])
def test_what_has_no_candles_is_left(text: str) -> None:
    assert NullRow().emptied(text) is None
