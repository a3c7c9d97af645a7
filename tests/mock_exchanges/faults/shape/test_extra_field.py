"""extra-field: one more key, one more column, nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_exchanges.faults import ExtraField
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, rows

_GROWN = {
    "demo": lambda data: [data, data["data"][0] if data["type"] == "snapshot" else data["data"]],
    "binance": lambda data: [data, data["k"]],
    "coinbase": lambda data: [data, data["events"][0], data["events"][0]["candles"][0]],
    "okx": lambda data: [data, data["data"][0]],
    "kucoin": lambda data: [data, data["data"], data["data"]["candles"]],
}


def _without(data: Any) -> Any:
    """Take the new key and column away again."""
    if isinstance(data, dict):
        return {name: _without(value) for name, value in data.items() if name != "brandNew"}
    if isinstance(data, list):
        return [_without(each) for each in data if each != "sentinel"]
    return data


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_messages_grow(exchange: str) -> None:
    heard = heard_with(ExtraField(key="brandNew", value="sentinel"), exchange)
    for grown, plain in zip(heard, heard_without(exchange), strict=True):
        if not rows(plain.text):
            assert grown == plain
            continue
        data = json.loads(grown.text)
        for part in _GROWN[exchange](data):
            if isinstance(part, dict):
                assert part["brandNew"] == "sentinel"
            else:
                assert part[-1] == "sentinel"
        assert _without(data) == json.loads(plain.text)
        # what a message is about stays as a client asked for it
        assert "arg" not in data or "brandNew" not in data["arg"]


def test_rest_rows_grow() -> None:
    async def act(one: Client) -> tuple[list[Any], int]:
        url = f"{one.mock.rest_url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2"
        async with one.http.get(url) as answer:
            return await answer.json(), answer.status

    found, status = with_fault(ExtraField(value="sentinel"), act, "binance")
    assert status == 200
    assert [(len(row), row[-1]) for row in found] == [(13, "sentinel")] * 2


def test_the_stream_alone() -> None:
    fault = ExtraField(of="stream")
    assert fault.aims_at_request(None) is False  # type: ignore[arg-type]
    assert fault.grown("no JSON") == "no JSON"


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_large_messages_have_one_key_more(exchange: str) -> None:
    heard = heard_with(ExtraField(key="brandNew", value="ab", size=70_001), exchange)
    for grown, plain in zip(heard, heard_without(exchange), strict=True):
        if not rows(plain.text):
            assert grown == plain
            continue
        data = json.loads(grown.text)
        assert data.pop("brandNew") == "ab" * 35_000 + "a"
        assert data == json.loads(plain.text)


def test_a_list_is_as_large_as_it_was() -> None:
    assert ExtraField(size=10).grown("[[1,2,3,4,5]]") == "[[1,2,3,4,5]]"
