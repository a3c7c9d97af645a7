"""When a candle topic says what: by the second, with trades, news as `add`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mock_exchanges.core.calendar import HOUR_MS, every
from mock_exchanges.core.market import Market
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.candles import CandleStream
from mock_exchanges.kucoin.names import Names
from mock_exchanges.kucoin.profile import INTERVALS, profile
from tests.mock_exchanges.kucoin.bench import MARKET, MINUTE, PAIRS, POWR, T0, Bench

MINUTES = every(MINUTE)


def stream(topic: str, market: Market = MARKET) -> CandleStream:
    found = Names(market.pairs, profile()).find(topic)
    assert found is not None
    return CandleStream(market, found, profile())


def said(topic: str, until: int, market: Market = MARKET) -> Iterator[tuple[int, Any]]:
    """Yield (time, message) of a topic from T0 on."""
    made, at = stream(topic, market), T0
    while (at := made.next_after(at)) <= until:
        text = made.publish(at)
        if text is not None:
            yield at, json.loads(text)


@pytest.mark.parametrize("pair", [pair.name for pair in PAIRS])
@pytest.mark.parametrize("interval", ["1min", "5min", "1hour", "1day"])
def test_each_second_with_trades_is_told_once_and_no_other(pair: str, interval: str) -> None:
    topic = f"/market/candles:{pair}_{interval}"
    seconds = {
        at // 1000 * 1000 + 1000
        for minute in range(T0 - MINUTE, T0 + 20 * MINUTE, MINUTE)
        for at in MARKET.trade_times(pair, minute)
    }
    phase = stream(topic).phase_ms
    assert phase in (806, 979)
    told = []
    grid = INTERVALS[interval]
    for at, message in said(topic, T0 + 20 * MINUTE):
        row = message["data"]["candles"]
        second = at // 1000 * 1000
        own = MARKET.at(pair, grid, second - 1)
        assert own is not None
        if int(row[0]) * 1000 != own.open_ms:
            continue  # a filler
        assert at - second in (phase, phase + 1)
        assert json.dumps(row, separators=(",", ":")) == wire.row(own)
        told.append(second)
    assert told == sorted(s for s in seconds if 0 < s + phase - T0 <= 20 * MINUTE)


def test_the_first_of_a_candle_is_an_add_and_all_others_are_updates() -> None:
    seen: set[str] = {str(T0 // 1000 - 60)}
    for _, message in said("/market/candles:BTC-USDT_1min", T0 + 10 * MINUTE):
        start = message["data"]["candles"][0]
        subject = "update" if start in seen else "add"
        assert message["subject"] == f"trade.candles.{subject}"
        seen.add(start)
    assert len(seen) == 11


def test_an_add_of_the_empty_interval_comes_just_before_the_next_candles() -> None:
    messages = [(at, m["subject"], m["data"]["candles"]) for at, m in said(POWR, T0 + HOUR_MS)]
    fillers = 0
    for n, (at, subject, row) in enumerate(messages):
        opened = int(row[0]) * 1000
        before = MARKET.candle("POWR-USDT", MINUTES, opened - MINUTE)
        assert before is not None
        if row[5] == "0":
            fillers += 1
            following = messages[n + 1]
            assert following[0] == at + 1
            assert (following[1], int(following[2][0])) == ("trade.candles.add", int(row[0]) + 60)
            assert (subject, row[1:5]) == ("trade.candles.add", [row[1]] * 4)
            assert at > opened + MINUTE
        elif subject == "trade.candles.add" and not before.trades:
            assert messages[n - 1][2][5] == "0"
    assert fillers > 5


def test_an_interval_without_trades_is_told_of_by_a_filler_at_most() -> None:
    starts = [int(m["data"]["candles"][0]) * 1000 for _, m in said(POWR, T0 + HOUR_MS)]
    empty = [
        candle.open_ms
        for candle in MARKET.candles("POWR-USDT", MINUTES, T0, T0 + HOUR_MS)
        if not candle.trades
    ]
    untold = [at for at in empty if at not in starts]
    assert len(empty) > 20
    # In a pause of several intervals only the last is told.
    assert untold
    assert all(starts.count(at) <= 1 for at in empty)


def test_the_last_trades_of_a_candle_are_told_after_its_end() -> None:
    whole = {
        str(candle.open_ms // 1000): wire.row(candle)
        for candle in MARKET.candles("BTC-USDT", MINUTES, T0, T0 + 30 * MINUTE)
    }
    last = {}
    late = 0
    for at, message in said("/market/candles:BTC-USDT_1min", T0 + 30 * MINUTE + 2_000):
        row = message["data"]["candles"]
        last[row[0]] = json.dumps(row, separators=(",", ":"))
        late += at >= int(row[0]) * 1000 + MINUTE
    assert {start: last[start] for start in whole} == whole
    assert 0 < late < 31


def test_times_are_nanoseconds_of_the_push() -> None:
    for at, message in said("/market/candles:BTC-USDT_1min", T0 + MINUTE):
        assert isinstance(message["data"]["time"], int)
        assert message["data"]["time"] // 1_000_000 == at
        assert len(str(message["data"]["time"])) == 19


def test_nothing_in_a_halt_and_before_the_listing() -> None:
    halted = Market(7, PAIRS, [(T0, T0 + 10 * MINUTE)])
    told = list(said("/market/candles:BTC-USDT_1min", T0 + 12 * MINUTE, halted))
    starts = {int(message["data"]["candles"][0]) * 1000 for _, message in told}
    assert not starts & set(range(T0, T0 + 10 * MINUTE, MINUTE))
    assert T0 + 10 * MINUTE in starts
    assert told[1][0] > T0 + 10 * MINUTE
    made = stream("/market/candles:BTC-USDT_1min")
    listed = MARKET.first_open("BTC-USDT", MINUTES)
    assert made.next_after(0) > listed


def test_it_is_a_function_of_time_whoever_asks_and_whenever() -> None:
    everything = list(said(POWR, T0 + 20 * MINUTE))
    for at, message in reversed(everything):
        made = stream(POWR)
        assert made.next_after(at - 1) == at
        assert json.loads(made.publish(at) or "") == message
    assert stream(POWR).publish(everything[0][0] + 7) is None


def test_two_listeners_get_the_same_text() -> None:
    bench = Bench()
    early = bench.pinging()
    early.subscribe(POWR)
    bench.run(T0 + 5 * MINUTE + 300)
    late = bench.pinging()
    late.subscribe(POWR)
    since = bench.now
    bench.run(T0 + 20 * MINUTE)

    def pushed(texts: list[tuple[int, str]]) -> list[tuple[int, str]]:
        return [(at, text) for at, text in texts if at > since and '"message"' in text]

    assert pushed(early.texts) == pushed(late.texts) != []


def test_weeks_begin_on_thursday_and_months_on_the_first() -> None:
    assert INTERVALS["1week"].floor(T0) == 1_784_764_800_000  # Thursday 2026-07-23
    assert INTERVALS["1month"].floor(T0) == 1_782_864_000_000  # 2026-07-01
    for interval in ("1week", "1month"):
        found = next(said(f"/market/candles:BTC-USDT_{interval}", T0 + 10_000))
        assert int(found[1]["data"]["candles"][0]) * 1000 == INTERVALS[interval].floor(T0)


def test_symbols_are_spread_over_the_ticks() -> None:
    phases = {stream(f"/market/candles:{pair.name}_1min").phase_ms for pair in PAIRS}
    assert phases == {806, 979}
    assert {stream(f"/market/candles:BTC-USDT_{i}").phase_ms for i in INTERVALS} < phases
