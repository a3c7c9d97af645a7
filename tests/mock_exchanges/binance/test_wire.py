"""The templates write what a JSON encoder would, with the keys in the exchange's order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import INTERVALS
from mock_exchanges.core.candle import Candle
from tests.mock_exchanges.binance.bench import MARKET, T0, pair

amounts = st.integers(0, 10**15)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    digits = draw(st.sampled_from([(2, 5), (0, 0), (8, 0), (0, 8), (4, 4)]))
    opened = draw(st.integers(1_500_000_000, 1_900_000_000)) * 1000
    return Candle(opened, opened + draw(st.sampled_from([1000, 60_000, 86_400_000])),
                  draw(amounts), draw(amounts), draw(amounts), draw(amounts), draw(amounts),
                  draw(amounts), draw(st.integers(0, 10**6)), draw(amounts), draw(amounts),
                  draw(st.integers(0, 10**10)), draw(st.booleans()), *digits)  # fmt: skip


def text(candle: Candle, column: str) -> str:
    return f"{candle.decimal(column):.8f}"


def event(candle: Candle, at: int, factor: int, closed: bool) -> dict[str, Any]:
    traded = candle.trades > 0
    return {
        "e": "kline", "E": at * factor, "s": "BNBUSDT",
        "k": {
            "t": candle.open_ms * factor, "T": candle.end_ms * factor - 1,
            "s": "BNBUSDT", "i": "1m",
            "f": candle.first_trade_id if traded else -1,
            "L": candle.first_trade_id + candle.trades - 1 if traded else -1,
            "o": text(candle, "open"), "c": text(candle, "close"),
            "h": text(candle, "high"), "l": text(candle, "low"),
            "v": text(candle, "volume"), "n": candle.trades, "x": closed,
            "q": text(candle, "quote_volume"), "V": text(candle, "taker_volume"),
            "Q": text(candle, "taker_quote_volume"), "B": "0",
        },
    }  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=200)
@given(candles(), st.booleans(), st.booleans())
def test_event_is_the_json_of_its_candle(candle: Candle, closed: bool, micro: bool) -> None:
    at = candle.end_ms + 4
    written = wire.event(candle, "BNBUSDT", "1m", at, closed=closed, micro=micro)
    wanted = event(candle, at, 1000 if micro else 1, closed)
    assert written == json.dumps(wanted, separators=(",", ":"))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(candles(), st.booleans())
def test_row_is_the_json_of_its_candle(candle: Candle, micro: bool) -> None:
    factor = 1000 if micro else 1
    wanted = [
        candle.open_ms * factor, text(candle, "open"), text(candle, "high"), text(candle, "low"),
        text(candle, "close"), text(candle, "volume"), candle.end_ms * factor - 1,
        text(candle, "quote_volume"), candle.trades, text(candle, "taker_volume"),
        text(candle, "taker_quote_volume"), "0",
    ]  # fmt: skip
    assert wire.row(candle, micro=micro) == json.dumps(wanted, separators=(",", ":"))


def test_eight_decimals_and_no_exponent() -> None:
    candle = MARKET.candle("SHIB-USDT", INTERVALS["1m"], T0)
    assert candle is not None
    written = json.loads(wire.event(candle, "SHIBUSDT", "1m", T0 + 60_003, closed=True))["k"]
    for key in "ochlvqVQ":
        whole, _, part = written[key].partition(".")
        assert whole.isdecimal()
        assert len(part) == 8
    assert written["o"].startswith("0.0000")


@pytest.mark.parametrize(
    ("base", "quote", "symbol"), [("BTC", "USDT", "BTCUSDT"), ("1000SATS", "BTC", "1000SATSBTC")]
)
def test_symbol(base: str, quote: str, symbol: str) -> None:
    made = pair(base, quote)
    assert wire.symbol(made) == symbol
    assert wire.symbols({made.name: made}) == {symbol: f"{base}-{quote}"}
