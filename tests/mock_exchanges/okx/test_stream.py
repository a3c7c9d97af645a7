"""A connection over time: which pushes come when, and what ends it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from mock_exchanges.core.actions import Binary, Ponged
from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from mock_exchanges.okx import wire
from mock_exchanges.okx.candles import CandleStream
from mock_exchanges.okx.intervals import INTERVALS
from mock_exchanges.okx.profile import BUSINESS, PRIVATE, PUBLIC, profile
from tests.mock_exchanges.okx.bench import MARKET, MINUTE, PAIRS, T0, Bench, arg, code

BTC = "candle1m:BTC-USDT"
HOUR = 60 * MINUTE


def stream(name: str = "1m", pair: str = "BTC-USDT", market: Market = MARKET) -> CandleStream:
    return CandleStream(market, f"candle{name}", pair, INTERVALS[name], profile())


def published(made: CandleStream, start: int, end: int) -> list[tuple[int, list[str]]]:
    """Return (time, row) of all that a stream publishes after ``start`` up to ``end``."""
    found, at = [], start
    while (at := made.next_after(at)) <= end:
        text = made.publish(at)
        if text is not None:
            found.append((at, json.loads(text)["data"][0]))
    return found


@pytest.mark.parametrize("pair", MARKET.pairs)
def test_updates_are_a_second_apart_and_tell_something_new(pair: str) -> None:
    found = published(stream(pair=pair), T0, T0 + 30 * MINUTE)
    updates = [(at, row) for at, row in found if row[8] == "0"]
    gaps = [b[0] - a[0] for a, b in pairwise(updates)]
    assert min(gaps) >= 1_000
    assert len(updates) > 30
    for (_, before), (_, after) in pairwise(updates):
        assert before != after
        assert int(before[0]) <= int(after[0])


@pytest.mark.parametrize("pair", MARKET.pairs)
def test_every_candle_is_completed_once_and_the_next_follows_at_once(pair: str) -> None:
    found = published(stream(pair=pair), T0, T0 + HOUR)
    done = [n for n, (_, row) in enumerate(found) if row[8] == "1"]
    assert [int(found[n][1][0]) for n in done] == [T0 + n * MINUTE for n in range(-1, 59)]
    for n in done[:-1]:
        (at, row), (then, following) = found[n : n + 2]
        assert then == at + 1
        assert (int(following[0]), following[8]) == (int(row[0]) + MINUTE, "0")
        candle = MARKET.candle(pair, INTERVALS["1m"], int(row[0]))
        assert candle is not None
        assert row == json.loads(wire.row(candle))


def test_a_busy_minute_ends_soon_and_one_without_trades_late() -> None:
    lates: dict[bool, set[int]] = {True: set(), False: set()}
    for at, row in published(stream(pair="XYZ-USDT"), T0, T0 + 3 * HOUR):
        end = int(row[0]) + MINUTE
        if row[8] == "1":
            before = MARKET.trade_times("XYZ-USDT", end - MINUTE)
            soon = [t for t in MARKET.trade_times("XYZ-USDT", end) if t <= end + 3_600]
            lates[bool(before or soon)].add(at - end)
    assert all(400 <= late <= 600 for late in lates[True])
    assert all(3_400 <= late <= 3_600 for late in lates[False])
    assert lates[True] and lates[False]


def test_however_late_a_candle_is_completed_nothing_of_the_next_comes_before() -> None:
    late = replace(profile(), roll_over_ms=(2_500, 2_500))
    made = CandleStream(MARKET, "candle1m", "ETH-USDT", INTERVALS["1m"], late)
    found = published(made, T0 + 10_000, T0 + 3 * MINUTE)
    for done in (T0, T0 + MINUTE):
        at = [when for when, row in found if int(row[0]) == done]
        after = [when for when, row in found if int(row[0]) > done]
        assert max(at) == done + MINUTE + 2_500
        assert min(after) == max(at) + 1


def test_publications_do_not_depend_on_where_one_begins() -> None:
    whole = published(stream(), T0, T0 + 10 * MINUTE)
    for start in (T0 + 1, T0 + 61_234, T0 + 5 * MINUTE):
        later = published(stream(), start, T0 + 10 * MINUTE)
        assert later == [each for each in whole if each[0] > start]
        assert later


def test_seconds_are_completed_each_and_flat_without_trades() -> None:
    found = published(stream("1s", "XYZ-USDT"), T0, T0 + 20_000)
    done = [row for _, row in found if row[8] == "1"]
    assert [int(row[0]) for row in done] == [T0 + n * 1_000 for n in range(-1, 19)]
    assert any(row[5] == "0" for row in done)
    assert len(found) == 2 * len(done)


@pytest.mark.parametrize("name", ["5m", "1H", "1D", "1Dutc", "1M"])
def test_longer_candles_are_completed_at_their_own_end(name: str) -> None:
    grid = INTERVALS[name]
    end = grid.next(grid.floor(T0))
    found = published(stream(name), end - MINUTE, end + 2 * MINUTE)
    done = [row for _, row in found if row[8] == "1"]
    candle = MARKET.candle("BTC-USDT", grid, grid.floor(T0))
    assert candle is not None
    assert done == [json.loads(wire.row(candle))]
    assert {int(row[0]) for _, row in found} == {grid.floor(T0), end}


def test_between_the_end_and_the_completion_a_subscriber_sees_the_old_candle() -> None:
    bench = Bench(now=T0 + MINUTE + 100)
    client = bench.open()
    client.subscribe(BTC)
    bench.run(T0 + MINUTE + 700)
    first, done, following = (row for _, _, row in client.pushes)
    assert [(int(row[0]) - T0, row[8]) for row in (first, done, following)] == [
        (0, "0"), (0, "1"), (MINUTE, "0"),
    ]  # fmt: skip
    assert first[:8] == done[:8]


def test_nothing_before_the_listing_and_nothing_in_a_halt() -> None:
    halted = Market(7, PAIRS, halts=[(T0 + 2 * MINUTE, T0 + 5 * MINUTE)])
    done = [int(row[0]) - T0 for at, row in published(stream(market=halted), T0, T0 + 8 * MINUTE)
            if row[8] == "1"]  # fmt: skip
    assert done == [-MINUTE, 0, MINUTE, 5 * MINUTE, 6 * MINUTE]
    listed = MARKET.first_open("BTC-USDT", INTERVALS["1m"])
    early = published(stream(), listed - HOUR, listed + MINUTE)
    assert early[0][0] >= listed
    assert stream().current(listed - HOUR) is None


def test_the_sent_arg_is_confirmed_with_what_else_it_holds_and_the_id_with_its_type() -> None:
    client = Bench().open()
    extra = {"channel": "candle1m", "instId": "BTC-USDT", "extra": {"a": 1}}
    confirmed = json.loads(client.say({"op": "subscribe", "args": [extra], "id": 12})[0])
    assert (confirmed["arg"], confirmed["id"]) == (extra, 12)


@pytest.mark.parametrize("identity", ["", "a-b", "x" * 33, 1.5, True, [], {}])
def test_an_odd_id_makes_the_request_none(identity: Any) -> None:
    client = Bench().open()
    assert code(client.subscribe(BTC, id=identity)[0]) == "60012"


def test_right_and_wrong_args_of_one_request_are_answered_one_by_one() -> None:
    client = Bench().open()
    answers = client.subscribe(BTC, "candle1m:NOPE-USDT", "candle5m:ETH-USDT", id="x")
    kinds = [(f.get("event", "push"), f.get("id")) for f in map(json.loads, answers)]
    assert kinds == [("subscribe", "x"), ("error", "x"), ("subscribe", "x"),
                     ("push", None), ("push", None)]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"op": "subscribe", "args": []}, "60013"),
        ({"op": "subscribe", "args": [{"instId": "BTC-USDT"}]}, "60013"),
        ({"op": "subscribe", "args": [{"channel": 5, "instId": "BTC-USDT"}]}, "60013"),
        ({"op": "subscribe", "args": [{"channel": "candle1m", "instId": 5}]}, "60013"),
        ({"op": "subscribe", "args": [{"channel": "candle1m"}]}, "60018"),
        ({"op": "dance", "args": [{"channel": "candle1m"}]}, "60019"),
        ({"op": "order", "args": [{"instId": "BTC-USDT"}]}, "60028"),
        ({"op": "subscribe", "args": [{"channel": "orders-algo"}]}, "60011"),
        ({"op": "subscribe", "args": [{"channel": "orders"}]}, "60018"),
        ({"op": "unsubscribe", "args": [{"channel": "candle1m", "instId": "NOPE"}]}, "60018"),
        ({"op": "subscribe", "args": [None]}, "60012"),
    ],
)
def test_codes(message: Any, expected: str) -> None:
    client = Bench().open()
    (answer,) = client.say(message)
    assert code(answer) == expected
    assert client.subscribe(BTC)


def test_books_are_no_channel_of_business_and_tickers_are_confirmed_on_public() -> None:
    bench = Bench()
    assert code(bench.open(BUSINESS).subscribe("books:BTC-USDT")[0]) == "60018"
    client = bench.open(PUBLIC)
    assert json.loads(client.subscribe("tickers:BTC-USDT")[0])["event"] == "subscribe"
    assert "confirmed, but silent" in bench.near_misses()[-1]
    assert code(client.subscribe("tickers:BTCUSDT")[0]) == "60018"


def test_a_channel_never_subscribed_can_be_left() -> None:
    client = Bench().open()
    assert json.loads(client.subscribe(BTC, op="unsubscribe")[0])["event"] == "unsubscribe"


def test_after_leaving_nothing_comes() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC, "candle1m:ETH-USDT")
    bench.run(T0 + 5_000)
    client.subscribe(BTC, op="unsubscribe")
    bench.run(T0 + MINUTE)
    late = {topic for at, topic, _ in client.pushes if at > T0 + 5_000}
    assert late == {"candle1m:ETH-USDT"}
    assert bench.engine.hub.topics() == ["candle1m:ETH-USDT"]


def test_pushes_alone_keep_a_silent_client_connected() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("candle1m:ETH-USDT")
    bench.run(T0 + 30 * MINUTE)
    assert client.closed is None


def test_pongs_of_nobody_keep_nothing_open() -> None:
    bench = Bench()
    client = bench.open()
    bench.run(T0 + 29_000)
    client.receive(Ponged(b""))
    bench.run(T0 + 40_000)
    assert client.closed is not None


def test_a_binary_frame_is_no_request() -> None:
    client = Bench().open()
    client.receive(Binary(b"ping\xff"))
    assert code(client.texts[-1][1]) == "60012"


def test_nan_and_half_characters_are_not_sent_back() -> None:
    client = Bench().open()
    for value in ("NaN", "1e999", '"\\ud800"'):
        said = f'{{"op":"subscribe","args":[{{"channel":"candle1m","instId":"x","y":{value}}}]}}'
        (answer,) = client.say(said)
        assert code(answer) == "60012"
        answer.encode()


def test_each_connection_has_an_id_of_its_own_and_every_run_the_same() -> None:
    def ids() -> list[str]:
        bench = Bench()
        return [json.loads(bench.open().subscribe(BTC)[0])["connId"] for _ in range(3)]

    assert len(set(ids())) == 3
    assert ids() == ids()
    assert all(len(each) == 8 and int(each, 16) >= 0 for each in ids())


def test_a_ceiling_of_channels_closes_where_one_is_set() -> None:
    client = Bench(channels_per_connection=2).open()
    client.subscribe(BTC, "candle3m:BTC-USDT")
    assert client.lives
    client.subscribe("candle5m:BTC-USDT")
    assert client.closed is not None
    assert client.closed[1] == 4009


def test_until_2023_public_served_candles_and_frames_had_no_connection_id() -> None:
    bench = Bench(date="2023-06-19")
    for path in (PUBLIC, BUSINESS):
        client = bench.open(path)
        confirmed, push = client.subscribe(BTC)
        assert json.loads(confirmed) == {"event": "subscribe", "arg": arg(BTC)}
        assert len(json.loads(push)["data"][0]) == 9
    (refused,) = client.subscribe("candle1h:BTC-USDT")
    assert json.loads(refused)["msg"].startswith("Wrong URL or channel:candle1h,instId:BTC-USDT ")
    assert code(bench.open(PRIVATE).subscribe(BTC)[0]) == "60018"


def test_the_guides_rows_end_after_the_quote_volume() -> None:
    bench = Bench(date="guide")
    client = bench.open()
    client.subscribe(BTC)
    bench.run(T0 + 2 * MINUTE)
    assert {len(row) for _, _, row in client.pushes} == {7}
    assert {len(row) for row in bench.rows("instId=BTC-USDT")} == {7}


def test_limits_can_be_set_later() -> None:
    bench = Bench(limits=False)
    assert not any(isinstance(bench.handshake(), Response) for _ in range(8))
    bench.exchange.limits = True
    assert [isinstance(bench.handshake(), Response) for _ in range(4)] == [False] * 3 + [True]
