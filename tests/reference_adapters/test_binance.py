"""The adapter that authors copy: right, small, and on its own."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import reference_adapters
from reference_adapters import BinanceAdapter

SOURCE = Path(reference_adapters.__file__).with_name("binance.py")


class Client:
    """Gives one answer, and keeps what was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
        self.asked.append({"url": url, **params})
        return self.answer


def test_parse_ws_message() -> None:
    """Test parsing WebSocket messages."""
    adapter = BinanceAdapter()

    # Sample WebSocket message
    message = {
        "e": "kline",
        "E": 1672515782136,
        "s": "BTCUSDT",
        "k": {
            "t": 1672515780000,
            "o": "16500.10",
            "c": "16505.20",
            "h": "16510.30",
            "l": "16495.40",
            "v": "5.123",
        },
    }

    candles = adapter.parse_ws_message(message)

    assert candles is not None
    assert len(candles) == 1
    assert candles[0].timestamp == 1672515780
    assert candles[0].open == 16500.10
    assert candles[0].high == 16510.30
    assert candles[0].low == 16495.40
    assert candles[0].close == 16505.20
    assert candles[0].volume == 5.123


def test_it_stands_alone_and_is_small() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert not imported & {"conformance", "mock_exchanges"}
    assert len(SOURCE.read_text("utf-8").splitlines()) < 200


ROW = [1672515780000, "1", "4", "0.5", "2", "7", 1672515839999, "9", 3, "6", "8", "0"]


async def test_a_row_of_history_becomes_a_candle() -> None:
    client = Client([ROW])
    candles = await BinanceAdapter(client).fetch_rest_candles("BTC-USDT", "1m", 1672515780, 10)
    made = candles[0]
    assert (made.timestamp, made.open, made.high, made.low, made.close, made.volume) == (
        1672515780, 1.0, 4.0, 0.5, 2.0, 7.0,
    )  # fmt: skip
    assert (made.quote_asset_volume, made.n_trades) == (9.0, 3)
    assert (made.taker_buy_base_volume, made.taker_buy_quote_volume) == (6.0, 8.0)
    assert client.asked == [
        {"url": "https://api.binance.com/api/v3/klines", "symbol": "BTCUSDT", "interval": "1m",
         "startTime": 1672515780000, "limit": 10}
    ]  # fmt: skip


async def test_the_client_of_a_call_goes_before_that_of_the_constructor() -> None:
    own, given = Client([]), Client([])
    assert await BinanceAdapter(own).fetch_rest_candles("A-B", "1m", network_client=given) == []
    assert (own.asked, given.asked[0]["startTime"]) == ([], None)


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_limit_that_one_answer_cannot_give_is_refused(limit: int) -> None:
    client = Client([])
    with pytest.raises(ValueError, match=f"limit is {limit}, expected 1 to 1000"):
        await BinanceAdapter(client).fetch_rest_candles("BTC-USDT", "1m", None, limit)
    assert client.asked == []


async def test_an_answer_that_is_no_list_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a list of candles"):
        await BinanceAdapter(Client({"code": -1})).fetch_rest_candles("BTC-USDT", "1m")


def test_each_payload_has_an_id_of_its_own() -> None:
    adapter = BinanceAdapter()
    made = [adapter.get_ws_subscription_payload("BTC-USDT", "1m") for _ in range(3)]
    assert len({payload["id"] for payload in made}) == 3
    assert made[0]["params"] == ["btcusdt@kline_1m"]
