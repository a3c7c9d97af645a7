"""The templates write what a JSON encoder would, with the keys in the page's order."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.candle import Candle
from mock_exchanges.demo import wire
from mock_exchanges.demo.profile import INTERVALS
from tests.mock_exchanges.demo.bench import MARKET, T0

amounts = st.integers(0, 10**15)


@st.composite
def candles(draw: st.DrawFn) -> Candle:
    digits = draw(st.sampled_from([(2, 5), (0, 0), (8, 0), (0, 8), (4, 4)]))
    opened = draw(st.integers(1_500_000_000, 1_900_000_000)) * 1000
    return Candle(opened, opened + 60_000, draw(amounts), draw(amounts), draw(amounts),
                  draw(amounts), draw(amounts), draw(amounts), draw(st.integers(0, 10**6)),
                  draw(amounts), draw(amounts), 1, draw(st.booleans()), *digits)  # fmt: skip


def said(candle: Candle) -> dict[str, Any]:
    names = {"o": "open", "h": "high", "l": "low", "c": "close", "v": "volume",
             "q": "quote_volume", "V": "taker_volume", "Q": "taker_quote_volume"}  # fmt: skip
    texts: dict[str, Any] = {key: f"{candle.decimal(name):f}" for key, name in names.items()}
    texts |= {"t": candle.open_ms, "n": candle.trades}
    return {key: texts[key] for key in "tohlcvqnVQ"}


@settings(derandomize=True, deadline=None, max_examples=200)
@given(candles())
def test_an_update_is_the_json_of_its_candle(candle: Candle) -> None:
    wanted = {
        "type": "candle", "channel": "candle.1m.BTC-USDT", "symbol": "BTC-USDT", "interval": "1m",
        "ts": T0, "data": said(candle),
    }  # fmt: skip
    written = wire.update(candle, "BTC-USDT", "1m", T0)
    assert written == json.dumps(wanted, separators=(",", ":"))


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.lists(candles(), max_size=4))
def test_a_snapshot_is_the_json_of_its_candles(made: list[Candle]) -> None:
    wanted = {
        "type": "snapshot", "channel": "candle.1h.ETH-BTC", "symbol": "ETH-BTC", "interval": "1h",
        "ts": T0, "data": [said(candle) for candle in made],
    }  # fmt: skip
    assert wire.snapshot(made, "ETH-BTC", "1h", T0) == json.dumps(wanted, separators=(",", ":"))


def test_a_tiny_price_has_its_digits_and_no_exponent() -> None:
    candle = MARKET.candle("SHIB-USDT", INTERVALS["1m"], T0)
    assert candle is not None
    data = json.loads(wire.candle(candle))
    assert data["o"].startswith("0.0000")
    assert len(data["o"]) == len("0.00002345")
    assert "." not in data["v"]
