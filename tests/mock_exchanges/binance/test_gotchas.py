"""What adapters get wrong: the mock must give each of them the chance to."""

from __future__ import annotations

import json

from tests.mock_exchanges.binance.bench import MARKET, MINUTE, T0, Bench

K = "symbol=BNBUSDT&interval=1m"


def test_errors_have_no_code_at_the_top() -> None:
    client = Bench().open()
    client.say("{}")
    assert "code" not in client.frames[0]


def test_an_acknowledgement_is_no_proof() -> None:
    client = Bench().open()
    assert client.subscribe("no.such-thing@at_all") == ['{"result":null,"id":1}']


def test_upper_case_is_silent_on_the_stream_and_lower_case_refused_over_rest() -> None:
    bench = Bench()
    client = bench.open("/ws/BNBUSDT@kline_1s")
    bench.run(T0 + 5_000)
    assert client.texts == []
    assert json.loads(bench.get("/api/v3/klines", K.replace("BNB", "bnb")).body)["code"] == -1100


def test_one_subscribe_for_each_symbol_after_a_reconnect_ends_it() -> None:
    bench = Bench()
    one_by_one, batched = bench.open(), bench.open()
    names = [f"{symbol}usdt@kline_{interval}" for symbol in ("bnb", "eth", "powr", "shib")
             for interval in ("1m", "5m", "1h")]  # fmt: skip
    for n, name in enumerate(names):
        one_by_one.subscribe(name, id=n)
    batched.subscribe(*names)
    bench.run(T0 + 2 * MINUTE)
    assert one_by_one.closed is not None
    assert batched.closed is None
    assert batched.events


def test_the_last_row_is_not_final() -> None:
    bench = Bench(now=T0 + 5_000)
    early = bench.klines(f"{K}&limit=1")
    bench.now = T0 + 55_000
    late = bench.klines(f"{K}&limit=1")
    assert early[0][0] == late[0][0] == T0
    assert early != late
    assert late[0][6] > bench.now


def test_pages_that_reuse_the_last_open_time_repeat_a_row() -> None:
    bench = Bench()
    page = bench.klines(f"{K}&limit=10&endTime={T0 - MINUTE}")
    before = bench.klines(f"{K}&limit=10&endTime={page[0][0]}")
    assert before[-1] == page[0]
    clean = bench.klines(f"{K}&limit=10&endTime={page[0][0] - 1}")
    assert clean[-1][0] == page[0][0] - MINUTE


def test_a_limit_above_the_maximum_leaves_a_gap() -> None:
    bench = Bench()
    start = T0 - 1500 * MINUTE
    rows = bench.klines(f"{K}&startTime={start}&limit=1500")
    assert len(rows) == 1000
    assert rows[-1][0] < T0 - MINUTE


def test_a_second_question_mark_makes_the_last_stream_wrong() -> None:
    bench = Bench()
    client = bench.open("/stream?streams=bnbusdt@kline_1s/ethusdt@kline_1s?timeUnit=MICROSECOND")
    bench.run(T0 + 5_000)
    assert {frame["stream"] for frame in client.frames} == {"bnbusdt@kline_1s"}
    assert all(event["E"] < 10**13 for event in client.events)


def test_a_topic_of_another_time_unit_cannot_be_named() -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1s%3Fus")
    bench.run(T0 + 5_000)
    assert client.texts == []


def test_weeks_begin_on_monday_and_months_have_their_own_length() -> None:
    bench = Bench()
    weeks = bench.klines("symbol=BNBUSDT&interval=1w&limit=3")
    assert {(row[0] // 86_400_000 + 3) % 7 for row in weeks} == {0}
    months = bench.klines("symbol=BNBUSDT&interval=1M&limit=12")
    assert {(row[6] + 1 - row[0]) // 86_400_000 for row in months} == {28, 30, 31}


def test_the_first_frame_of_a_candle_may_have_no_trade_id() -> None:
    bench = Bench()
    client = bench.open("/ws/powrusdt@kline_1m")
    bench.run(T0 + 20 * MINUTE)
    flat = [event for event in client.events if event["k"]["f"] == -1 and not event["k"]["x"]]
    assert flat
    # Such a frame is no promise: the minute may trade after all.
    later = [event for event in client.events
             if event["k"]["t"] in {f["k"]["t"] for f in flat} and event["k"]["n"]]  # fmt: skip
    traded = [f for f in flat if MARKET.trade_times("POWR-USDT", f["k"]["t"])]
    assert bool(later) == bool(traded)


def test_seconds_never_show_a_running_candle() -> None:
    bench = Bench()
    client = bench.open("/ws/ethusdt@kline_1s")
    bench.run(T0 + MINUTE)
    assert {event["k"]["x"] for event in client.events} == {True}
