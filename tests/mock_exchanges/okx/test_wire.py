"""Frames written by template are the JSON of the same values."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.candle import Candle
from mock_exchanges.okx import wire
from mock_exchanges.okx.intervals import INTERVALS
from mock_exchanges.okx.wire import Frames
from tests.mock_exchanges.okx.bench import MARKET, T0

GRID = INTERVALS["1m"]


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def row(candle: Candle) -> list[str]:
    """Write a row the slow way."""
    columns = ("open", "high", "low", "close", "volume", "quote_volume", "quote_volume")
    values = [f"{candle.decimal(column).normalize():f}" for column in columns]
    return [str(candle.open_ms), *values, "1" if candle.closed else "0"]


@settings(derandomize=True, deadline=None, database=None)
@given(st.integers(0, 10**18), st.integers(0, 8))
def test_numbers_have_no_exponent_and_no_zeros_at_the_end(value: int, digits: int) -> None:
    text = wire.plain(value, digits)
    assert Decimal(text) == Decimal(value).scaleb(-digits)
    assert text == f"{(Decimal(value).scaleb(-digits)).normalize():f}"


def test_nothing_is_a_single_zero() -> None:
    assert [wire.plain(0, digits) for digits in (0, 2, 8)] == ["0", "0", "0"]


@pytest.mark.parametrize("pair", MARKET.pairs)
def test_a_push_is_the_json_of_the_candle(pair: str) -> None:
    candles = MARKET.candles(pair, GRID, T0 - 50 * GRID.length_ms, T0)
    running = MARKET.at(pair, GRID, T0 + 31_000)
    assert running is not None
    assert len(candles) == 50
    for candle in (*candles, running):
        expected = {"arg": {"channel": "candle1m", "instId": pair}, "data": [row(candle)]}
        assert wire.push(candle, "candle1m", pair) == compact(expected)
        assert wire.row(candle) == compact(row(candle))
        assert wire.row(candle, 7) == compact(row(candle)[:7])
    assert {json.loads(wire.row(candle))[8] for candle in candles} == {"1"}
    assert json.loads(wire.row(running))[8] == "0"


def test_event_frames_have_the_keys_in_the_order_seen() -> None:
    frames = Frames("1f2e3d4c")
    arg = {"channel": "candle1m", "instId": "BTC-USDT"}
    tail = {"connId": "1f2e3d4c"}
    written = {
        frames.confirmed("subscribe", arg, None): {"event": "subscribe", "arg": arg, **tail},
        frames.confirmed("unsubscribe", arg, "c1"): {
            "id": "c1", "event": "unsubscribe", "arg": arg, **tail},
        frames.refused("60012", "no"): {"event": "error", "msg": "no", "code": "60012", **tail},
        frames.refused("60012", "no", 7): {
            "id": 7, "event": "error", "msg": "no", "code": "60012", **tail},
        frames.logged_in(): {"event": "login", "code": "0", "msg": "", **tail},
        frames.counted("orders", 2): {
            "event": "channel-conn-count", "channel": "orders", "connCount": "2", **tail},
        frames.counted("orders", 30, over=True): {
            "event": "channel-conn-count-error", "channel": "orders", "connCount": "30", **tail},
    }  # fmt: skip
    assert list(written) == [compact(value) for value in written.values()]


def test_without_an_id_of_the_connection_none_is_written() -> None:
    assert Frames("").refused("60012", "no") == '{"event":"error","msg":"no","code":"60012"}'
