"""What is written by templates is what a JSON encoder would write."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.coinbase import candles, wire
from mock_exchanges.coinbase.profile import profile
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import compact
from tests.mock_exchanges.coinbase.bench import MARKET, OPENED, T0

GRID = profile().intervals["FIVE_MINUTE"]


def candle(pair: str) -> Candle:
    found = MARKET.candle(pair, GRID, OPENED)
    assert found is not None
    return found


def plain(made: Candle, column: str) -> str:
    return f"{made.decimal(column).normalize():f}"


@pytest.mark.parametrize("pair", MARKET.pairs)
def test_update(pair: str) -> None:
    made = candle(pair)
    text = wire.numbered(candles.update(made, pair, T0, profile()), 12)
    row = {"start": str(OPENED // 1000)}
    row |= {key: plain(made, key) for key in ("high", "low", "open", "close", "volume")}
    same = {
        "channel": "candles",
        "client_id": "",
        "timestamp": wire.instant(T0, "candles"),
        "sequence_num": 12,
        "events": [{"type": "update", "candles": [{**row, "product_id": pair}]}],
    }
    assert text == compact(same)


@pytest.mark.parametrize("pair", MARKET.pairs)
def test_row(pair: str) -> None:
    made = candle(pair)
    row = {"start": str(OPENED // 1000)}
    row |= {key: plain(made, key) for key in ("low", "high", "open", "close", "volume")}
    assert wire.row(made) == compact(row)


def test_the_guides_shape_is_the_printed_one() -> None:
    made = candle("BTC-USD")
    text = wire.numbered(candles.update(made, "BTC-USD", T0, profile("guide")), 12)
    row = {"start": "2026-03-02T14:50:00.000Z"}
    row |= {key: plain(made, key) for key in ("low", "high", "open", "close", "volume")}
    same = {
        "channel": "candles",
        "timestamp": "2026-03-02T14:52:30.000Z",
        "events": [{"type": "candle", "candles": [row]}],
    }
    assert text == compact(same)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (8900400, 2, "89004"),
        (35850, 2, "358.5"),
        (0, 5, "0"),
        (120, 0, "120"),
        (1, 8, "0.00000001"),
    ],
)
def test_zeros_at_the_end_are_left_out(value: int, digits: int, text: str) -> None:
    assert wire.trimmed(value, digits) == text


def test_times_have_up_to_nine_decimals() -> None:
    times = [wire.instant(T0 + at, "x") for at in range(0, 60_000, 7)]
    assert all(re.fullmatch(r"2026-03-02T14:5[23]:\d\d\.\d{3,9}Z", time) for time in times)
    lengths = {len(time) for time in times}
    assert max(lengths) == 30
    assert len(lengths) > 2  # zeros at the end are left out
    assert not any(re.search(r"0Z$", time) for time in times)


def test_a_beat_is_written_as_go_prints_a_time() -> None:
    event: Any = json.loads(wire.heartbeat_event(T0, T0 - 7_301_000, "x"))
    pattern = r"2026-03-02 14:52:30(\.\d{1,9})? \+0000 UTC m=\+7301\.\d{9}"
    assert re.fullmatch(pattern, event["current_time"])
    assert event["heartbeat_counter"] == 7_301


@settings(derandomize=True, deadline=None, max_examples=100, database=None)
@given(st.integers(0, 10**12), st.integers(0, 12))
def test_a_trimmed_number_is_the_same_number(value: int, digits: int) -> None:
    text = wire.trimmed(value, digits)
    whole, _, part = text.partition(".")
    assert int(whole + part.ljust(digits, "0")) == value
    assert not part.endswith("0")
