"""What is written equals what a JSON encoder writes of the same values."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from mock_exchanges.core.calendar import every
from mock_exchanges.core.candle import Candle
from mock_exchanges.kucoin import wire
from tests.mock_exchanges.kucoin.bench import MARKET, PAIRS, T0

TOPIC = "/market/candles:BTC-USDT_1min"


def candles() -> list[Candle]:
    return [
        candle
        for pair in PAIRS
        for candle in MARKET.candles(pair.name, every(60_000), T0 - 20 * 60_000, T0)
    ]


def text(value: Decimal) -> str:
    """Return a number as it is read in the recording: no exponent, nothing padded."""
    return f"{value:f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def expected_row(candle: Candle) -> list[str]:
    columns = ("open", "close", "high", "low", "volume", "quote_volume")
    return [str(candle.open_ms // 1000), *(text(candle.decimal(name)) for name in columns)]


def test_rows() -> None:
    made = candles()
    assert any(not candle.trades for candle in made)
    for candle in made:
        assert wire.row(candle) == json.dumps(expected_row(candle), separators=(",", ":"))


def test_an_empty_candle_has_zeros_without_decimals() -> None:
    empty = next(candle for candle in candles() if not candle.trades)
    row = json.loads(wire.row(empty))
    assert row[5:] == ["0", "0"]
    assert len(set(row[1:5])) == 1


@pytest.mark.parametrize("subject", ["add", "update"])
@pytest.mark.parametrize("data_first", [False, True])
def test_pushes(subject: wire.Subject, data_first: bool) -> None:
    for candle in candles()[:25]:
        data = {"symbol": "BTC-USDT", "candles": expected_row(candle), "time": 1_700_000 * 10**12}
        if data_first:
            said = {"data": data, "subject": f"trade.candles.{subject}", "topic": TOPIC,
                    "type": "message"}  # fmt: skip
        else:
            said = {"topic": TOPIC, "type": "message", "subject": f"trade.candles.{subject}",
                    "data": data}  # fmt: skip
        written = wire.push(
            candle, TOPIC, "BTC-USDT", subject, 1_700_000 * 10**12, data_first=data_first
        )
        assert written == json.dumps(said, separators=(",", ":"))


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0, 8, "0"), (0, 0, "0"), (1, 8, "0.00000001"), (100, 2, "1"), (3500, 0, "3500"),
        (12_340, 3, "12.34"), (2345, 8, "0.00002345"), (1_000_000, 0, "1000000"),
    ],
)  # fmt: skip
def test_decimals_are_plain(value: int, digits: int, written: str) -> None:
    assert wire.plain(value, digits) == written
