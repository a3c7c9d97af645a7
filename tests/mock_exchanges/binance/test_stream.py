"""When candles come, and the life of a connection: pings, limits, ages."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import INTERVALS, profile
from mock_exchanges.binance.stream import StreamSession
from mock_exchanges.core.actions import Binary, Event, Pinged, Ponged, Send, Text
from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.market import Market
from tests.mock_exchanges.binance.bench import MARKET, MINUTE, PAIRS, T0, Bench, pair

NAMES = {wire.symbol(made): name for name, made in MARKET.pairs.items()}


def listen(name: str, until: int, market: Market = MARKET, now: int = T0, **facts: Any) -> Any:
    bench = Bench(market, now, **facts)
    client = bench.open(f"/ws/{name}")
    bench.run(until)
    return client.events


def check_values(event: Any, market: Market = MARKET, offset_ms: int = 0) -> None:
    """Every frame says what the ledger says at its time."""
    k = event["k"]
    name, grid = NAMES[event["s"]], INTERVALS[k["i"]].shifted(offset_ms)
    candle = market.candle(name, grid, k["t"]) if k["x"] else market.at(name, grid, event["E"])
    assert candle is not None
    text = wire.event(candle, event["s"], k["i"], event["E"], closed=k["x"])
    assert event == json.loads(text)


def test_nothing_comes_before_something_happens() -> None:
    start = T0 + 10_000
    trades = [t for t in MARKET.trade_times("BNB-USDT", T0) if t > start]
    bench = Bench(now=start)
    client = bench.open("/ws/bnbusdt@kline_1m")
    bench.run(trades[0] - 1)
    assert client.texts == []
    bench.run(T0 + MINUTE - 1)
    assert client.events


@pytest.mark.parametrize("name", ["bnbusdt@kline_1m", "powrusdt@kline_1m", "ethusdt@kline_1m"])
def test_each_minute_ends_once_and_the_next_begins_late(name: str) -> None:
    events = listen(name, T0 + 30 * MINUTE + 1_000)
    closes = [event for event in events if event["k"]["x"]]
    assert [event["k"]["t"] for event in closes] == [T0 + n * MINUTE for n in range(-1, 30)]
    for before, event in pairwise(events):
        check_values(event)
        late = event["E"] - event["k"]["T"] - 1
        if event["k"]["x"]:
            assert 1 <= late <= 6
        if before["k"]["x"]:
            # The first frame of the new candle, traded or not.
            assert event["E"] - before["E"] == 2_670
            assert event["k"]["x"] is False
            assert event["k"]["t"] == before["k"]["T"] + 1


def test_quiet_minutes_are_flat_and_say_so() -> None:
    events = listen("powrusdt@kline_1m", T0 + 30 * MINUTE)
    quiet = [event["k"] for event in events if event["k"]["n"] == 0]
    assert len(quiet) > 20
    for k in quiet:
        assert (k["f"], k["L"], k["v"], k["q"]) == (-1, -1, "0.00000000", "0.00000000")
        assert k["o"] == k["h"] == k["l"] == k["c"]
    assert any(event["k"]["n"] for event in events)


@pytest.mark.parametrize("interval", ["1m", "5m", "1h", "1d", "1w", "1M", "3d"])
def test_updates_come_with_trades_two_seconds_apart(interval: str) -> None:
    events = listen(f"ethusdt@kline_{interval}", T0 + 10 * MINUTE)
    grid = INTERVALS[interval]
    trades = {t for n in range(10) for t in MARKET.trade_times("ETH-USDT", T0 + n * MINUTE)}
    updates = [event["E"] for event in events
               if not event["k"]["x"] and event["E"] - grid.floor(event["E"]) > 3_000]  # fmt: skip
    assert len(updates) > 100
    assert set(updates) <= trades
    assert min(b - a for a, b in pairwise(updates)) >= 2_000
    for event in events:
        check_values(event)
    # After a pause the first trade is told at once.
    paused = [b for a, b in pairwise(sorted(trades))
              if b - a >= 2_000 and b - grid.floor(b) > 5_000]  # fmt: skip
    assert paused
    assert set(paused) <= set(updates)


def test_seconds_come_closed_one_a_second() -> None:
    events = listen("bnbusdt@kline_1s", T0 + 20_500)
    assert [event["k"]["t"] for event in events] == [T0 + n * 1000 for n in range(-1, 20)]
    for event in events:
        check_values(event)
        assert event["k"]["x"] is True
        assert 1 <= event["E"] - event["k"]["T"] - 1 <= 6
    assert {event["k"]["n"] > 0 for event in events} == {True, False}


def test_frames_do_not_depend_on_who_listens_or_since_when() -> None:
    bench = Bench()
    early = bench.open("/ws/bnbusdt@kline_5m")
    bench.run(T0 + 90_500)
    late = bench.open("/ws/bnbusdt@kline_5m")
    bench.run(T0 + 6 * MINUTE)
    assert late.texts
    assert [entry for entry in early.texts if entry[0] > T0 + 90_500] == late.texts
    late.say({"method": "UNSUBSCRIBE", "params": ["bnbusdt@kline_5m"], "id": 1})
    seen = len(early.texts)
    bench.run(T0 + 8 * MINUTE)
    assert len(early.texts) > seen


@pytest.mark.parametrize(
    ("interval", "opened"),
    [("1d", 1_784_995_200_000), ("6h", 1_784_995_200_000), ("1h", 1_784_998_800_000)],
)
def test_the_zone_moves_boundaries_and_keeps_the_interval(interval: str, opened: int) -> None:
    events = listen(f"bnbusdt@kline_{interval}@+08:00", T0 + 2 * MINUTE)
    assert {event["k"]["t"] for event in events} == {opened}
    assert {event["k"]["i"] for event in events} == {interval}
    for event in events:
        check_values(event, offset_ms=8 * HOUR_MS)


def test_a_zone_and_its_plain_stream_are_two_streams() -> None:
    bench = Bench()
    client = bench.open("/stream?streams=bnbusdt@kline_1d@+08:00/bnbusdt@kline_1d")
    bench.run(T0 + MINUTE)
    opened = {(frame["stream"], frame["data"]["k"]["t"]) for frame in client.frames}
    assert opened == {
        ("bnbusdt@kline_1d@+08:00", 1_784_995_200_000),
        ("bnbusdt@kline_1d", 1_784_937_600_000),
    }


def test_microseconds_are_for_the_whole_connection() -> None:
    bench = Bench()
    micro, milli = (
        bench.open(f"/ws/bnbusdt@kline_1m{unit}") for unit in ("?timeUnit=MICROSECOND", "")
    )
    bench.run(T0 + MINUTE)
    assert len(micro.events) == len(milli.events) > 3
    for fine, coarse in zip(micro.events, milli.events, strict=True):
        assert fine["E"] == coarse["E"] * 1000
        assert fine["k"]["t"] == coarse["k"]["t"] * 1000
        assert fine["k"]["T"] == coarse["k"]["T"] * 1000 + 999
        assert fine["k"]["c"] == coarse["k"]["c"]


def test_every_interval_closes_at_its_boundary() -> None:
    for name, grid in INTERVALS.items():
        end = grid.next(grid.floor(T0))
        closes = [e for e in listen(f"bnbusdt@kline_{name}", end + 100, now=end - 100)
                  if e["k"]["x"]]  # fmt: skip
        assert [(e["k"]["t"], e["k"]["T"]) for e in closes] == [(grid.previous(end), end - 1)], name
        check_values(closes[0])


def test_halted_minutes_are_silent() -> None:
    market = Market(7, PAIRS, halts=[(T0 + 2 * MINUTE, T0 + 200 * MINUTE)])
    events = listen("bnbusdt@kline_1m", T0 + 203 * MINUTE + 10, market)
    opened = [event["k"]["t"] for event in events if event["k"]["x"]]
    minutes = [-1, 0, 1, 200, 201, 202]
    assert opened == [T0 + n * MINUTE for n in minutes]
    assert not [e for e in events if T0 + 121_000 < e["E"] <= T0 + 200 * MINUTE]


def test_a_pair_is_silent_until_its_listing() -> None:
    listed = 1_785_024_000_000  # 2026-07-26, 6 h 40 min later
    market = Market(7, [pair("NEW", listed=date(2026, 7, 26))])
    bench = Bench(market)
    bench.open("/ws/newusdt@kline_1m")
    assert (bench.engine.hub.next_due() or 0) > listed
    events = listen("newusdt@kline_1m", listed + 2 * MINUTE + 100, market)
    assert events[0]["k"]["t"] == listed
    assert [event["k"]["t"] for event in events if event["k"]["x"]] == [listed, listed + MINUTE]


def test_lateness_of_closes_can_be_chosen() -> None:
    events = listen("bnbusdt@kline_1m", T0 + 5 * MINUTE, close_late_ms=(1_700, 1_800))
    late = {event["E"] - event["k"]["T"] - 1 for event in events if event["k"]["x"]}
    assert late <= set(range(1_700, 1_801))
    assert len(late) > 2


@pytest.mark.parametrize("date_", ["2025-01-27", "2026-07-21"])
def test_pings_carry_the_time_and_an_echo_keeps_the_connection(date_: str) -> None:
    made = profile(date_)
    every, deadline = made.ping_every_ms, made.pong_deadline_ms
    bench = Bench(ping_every_ms=every, pong_deadline_ms=deadline)
    client, mute = bench.open(), bench.open(answers_pings=False)
    bench.run(T0 + every * 10)
    assert client.pings == [(at, b"%d" % at) for at in range(T0 + every, bench.now + 1, every)]
    assert client.closed is None
    assert mute.closed == (T0 + every + deadline, 1008, "Pong timeout")


@pytest.mark.parametrize("payload", [b"", b"1785000020001", b"x"])
def test_other_pongs_are_harmless_and_count_for_nothing(payload: bytes) -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    client.receive(Ponged(payload))
    for n in range(1, 4):
        bench.run(T0 + n * 20_000)
        client.receive(Ponged(payload))
    assert client.closed is None
    bench.run(T0 + 80_000)
    assert client.closed == (T0 + 80_000, 1008, "Pong timeout")


def test_a_late_echo_answers_its_ping_and_those_before() -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    bench.run(T0 + 79_999)
    client.receive(Ponged(client.pings[1][1]))
    bench.run(T0 + 119_999)
    assert client.closed is None
    bench.run(T0 + 120_000)
    assert client.closed == (T0 + 120_000, 1008, "Pong timeout")


def test_an_echo_followed_by_an_empty_pong_is_harmless() -> None:
    bench = Bench()
    client = bench.open()
    for n in range(1, 200):
        bench.run(T0 + n * 20_000)
        client.receive(Ponged(b""))
    assert client.closed is None


def test_empty_pongs_can_be_made_to_count() -> None:
    bench = Bench(empty_pong_counts=True)
    client = bench.open(answers_pings=False)
    for n in range(1, 20):
        bench.run(T0 + n * 20_000)
        client.receive(Ponged(b""))
    assert client.closed is None


def test_client_pings_are_answered_at_any_usual_pace() -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1s")
    for n in range(200):
        bench.run(T0 + n * 5_000)
        client.receive(Pinged(b"%d" % n))
    assert client.pongs == [b"%d" % n for n in range(200)]
    assert client.closed is None


PAYLOADS: dict[str, Event] = {
    "requests": Text('{"method":"LIST_SUBSCRIPTIONS","id":1}'),
    "pings": Pinged(b""),
    "pongs": Ponged(b""),
}


@pytest.mark.parametrize("kind", PAYLOADS)
def test_more_than_five_messages_a_second_end_in_silence_and_1008(kind: str) -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1s")
    for n in range(5 * 12):  # five a second for twelve seconds
        bench.run(T0 + n * 200)
        client.receive(PAYLOADS[kind])
    assert client.closed is None
    flooded = bench.now
    for _ in range(12):
        client.receive(PAYLOADS[kind])
    seen = len(client.texts), len(client.pongs)
    bench.run(flooded + 20_000)
    assert (len(client.texts), len(client.pongs)) == seen
    assert client.closed == (flooded + 6_000, 1008, "Too many requests")


def test_without_limits_nobody_counts() -> None:
    client = Bench(limits=False).open()
    for _ in range(500):
        client.receive(Pinged(b""))
    assert len(client.pongs) == 500
    assert client.closed is None


def test_1024_streams_and_no_more() -> None:
    bench = Bench(limits=False)
    client = bench.open()
    for n in range(0, 1024, 128):
        assert client.subscribe(*(f"s{i}@kline_1m" for i in range(n, n + 128)), id=n) != []
    assert client.subscribe("s5@kline_1m", "s6@kline_1m", id=1) == ['{"result":null,"id":1}']
    (answer,) = client.subscribe("more@kline_1m", id=9)
    assert json.loads(answer) == {"error": {"code": 4, "msg": "Too many subscriptions"}, "id": 9}
    assert client.closed == (T0, 1008, "Invalid request")


def test_a_name_said_twice_counts_once() -> None:
    client = Bench(streams_per_connection=2).open()
    assert client.subscribe("a@kline_1m", "b@kline_1m", "a@kline_1m") == ['{"result":null,"id":1}']
    assert client.closed is None


def test_a_connection_lives_a_day() -> None:
    bench = Bench()
    client = bench.open()
    bench.run(T0 + DAY_MS - 1)
    assert client.closed is None
    bench.run(T0 + DAY_MS)
    assert client.closed == (T0 + DAY_MS, 1001, "")


def test_a_binary_frame_is_no_json() -> None:
    client = Bench().open()
    client.receive(Binary(b'{"method":"LIST_SUBSCRIPTIONS","id":1}'))
    assert client.frames[0]["error"]["code"] == 3
    assert client.closed == (T0, 1008, "Invalid request")


def test_the_notice_of_a_shutdown_takes_the_shape_of_the_connection() -> None:
    bench = Bench()
    raw, combined = bench.open("/ws").connection.session, bench.open("/stream").connection.session
    assert isinstance(raw, StreamSession)
    assert isinstance(combined, StreamSession)
    event = {"e": "serverShutdown", "E": T0}
    (one,), (two,) = raw.notice(T0), combined.notice(T0)
    assert isinstance(one, Send)
    assert isinstance(two, Send)
    assert json.loads(one.text) == event
    assert json.loads(two.text) == {"stream": "!serverShutdown", "data": event}


def test_a_lost_connection_leaves_nothing_behind() -> None:
    bench = Bench()
    clients = [bench.open("/ws/bnbusdt@kline_1m/ethusdt@kline_1m") for _ in range(3)]
    for client in clients:
        bench.engine.lost(client.connection, T0)
    assert bench.engine.hub.next_due() is None
    assert bench.engine.next_due() is None
    assert bench.engine.connections == {}
