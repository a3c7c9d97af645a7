"""Whole conversations, one correct and twelve wrong ones, frame by frame."""

from __future__ import annotations

import json

from mock_exchanges.core.actions import Close
from tests.mock_exchanges.coinbase.bench import (
    BUCKET,
    MARKET,
    MINUTE,
    OPENED,
    ROOT,
    T0,
    Bench,
    error,
    listed,
)

REFUSED = [error("authentication failure")]


def test_correct() -> None:
    bench = Bench()
    client = bench.open()
    assert client.texts == []
    bench.run(T0 + 50)
    (ack,) = client.say({"type": "subscribe", "channel": "heartbeats"})
    assert list(ack) == ["channel", "client_id", "timestamp", "sequence_num", "events"]
    assert (ack["client_id"], ack["sequence_num"]) == ("", 0)
    assert listed(ack) == {"heartbeats": ["heartbeats"]}
    bench.run(T0 + 100)
    btc, eth, ack = client.subscribe("BTC-USD", "ETH-USD")
    for frame, product in ((btc, "BTC-USD"), (eth, "ETH-USD")):
        (event,) = frame["events"]
        assert event["type"] == "snapshot"
        assert len(event["candles"]) == 100
        assert event["candles"][0]["start"] == str(OPENED // 1000)
        assert {row["product_id"] for row in event["candles"]} == {product}
    assert listed(ack) == {"candles": ["BTC-USD", "ETH-USD"], "heartbeats": ["heartbeats"]}
    bench.run(OPENED + BUCKET + MINUTE)
    numbers = [frame["sequence_num"] for frame in client.frames]
    assert numbers == list(range(len(numbers)))
    beats = client.of("heartbeats")
    assert len(beats) == (OPENED + BUCKET + MINUTE - T0 - 50 - 13) // 1000 + 1
    updates = [row for row in client.candles() if row["product_id"] == "BTC-USD"]
    starts = [int(row["start"]) * 1000 for row in updates]
    assert sorted(set(starts)) == [OPENED, OPENED + BUCKET]
    assert starts == sorted(starts)
    final = updates[starts.index(OPENED + BUCKET) - 1]
    candle = MARKET.candle("BTC-USD", bench.exchange.intervals()["FIVE_MINUTE"], OPENED)
    assert candle is not None
    assert [float(final[key]) for key in ("open", "high", "low", "close", "volume")] == [
        float(candle.decimal(key)) for key in ("open", "high", "low", "close", "volume")
    ]
    (ack,) = client.unsubscribe("ETH-USD")
    assert listed(ack) == {"candles": ["BTC-USD"], "heartbeats": ["heartbeats"]}
    seen = len(client.candles())
    bench.run(bench.now + MINUTE)
    assert {row["product_id"] for row in client.candles()[seen:]} == {"BTC-USD"}
    assert client.closed is None


def test_wrong_a_silent_client() -> None:
    bench = Bench()
    client = bench.open()
    bench.run(T0 + 20_000)
    assert client.closed == (T0 + 5_000, 1001, "")
    assert client.texts == []


def quiet(bench: Bench, product: str, length: int) -> int:
    """Return when a pause of that length or more begins."""
    last, minute = T0, T0 - T0 % MINUTE
    while True:
        for at in bench.market.trade_times(product, minute):
            if at > T0 and at - last > length:
                return last
            last = max(last, at)
        minute += MINUTE


def test_wrong_b_no_heartbeats_on_a_quiet_pair() -> None:
    bench = Bench()
    begin = quiet(bench, "POWR-USD", 80_000)
    lone, kept = bench.open(), bench.open()
    lone.subscribe("POWR-USD")
    kept.subscribe("POWR-USD")
    kept.subscribe(channel="heartbeats")
    bench.run(begin + 2 * MINUTE)
    last_data = max(at for at, _ in lone.texts)
    assert last_data >= begin
    assert lone.closed == (last_data + 75_000, 1001, "")
    assert kept.closed is None
    assert "'heartbeats' keeps the connection open" in bench.near_misses()[-1]


def test_wrong_c_channel_name() -> None:
    bench = Bench()
    client = bench.open()
    assert client.subscribe("BTC-USD", channel="heartbeat") == REFUSED
    bench.run(T0 + MINUTE)
    assert client.closed is None
    assert bench.near_misses() == ["no channel 'heartbeat'; nearest is 'heartbeats'"]


def test_wrong_d_private_channel_without_a_token() -> None:
    client = Bench().open()
    assert client.say({"type": "subscribe", "channel": "user"}) == REFUSED
    assert client.closed is None


def test_wrong_e_good_and_bad_products() -> None:
    bench = Bench()
    client = bench.open()
    snapshot, ack = client.subscribe("BTC-USD", "NOPE-USD")
    assert snapshot["events"][0]["candles"][0]["product_id"] == "BTC-USD"
    assert listed(ack) == {"candles": ["BTC-USD", "NOPE-USD"]}
    bench.run(T0 + 5 * MINUTE)
    assert {row["product_id"] for row in client.candles()} == {"BTC-USD"}
    assert not any("type" in frame for frame in client.frames)
    assert "NOPE-USD" in bench.near_misses()[0]


def test_wrong_f_wants_one_minute() -> None:
    bench = Bench()
    asked, plain = bench.open(), bench.open()
    asked.subscribe("BTC-USD", granularity="ONE_MINUTE")
    plain.subscribe("BTC-USD")
    bench.run(T0 + MINUTE)
    assert asked.texts == plain.texts
    assert {int(row["start"]) % 300 for row in asked.candles()} == {0}


def test_wrong_g_burst() -> None:
    bench = Bench()
    client = bench.open()
    answers = [client.subscribe(channel="heartbeats")[0] for _ in range(9)]
    assert [frame.get("channel") for frame in answers[:8]] == ["subscriptions"] * 8
    assert answers[8] == error("rate limit exceeded")
    bench.run(T0 + 1_000)
    assert listed(client.subscribe(channel="heartbeats")[0]) == {"heartbeats": ["heartbeats"]}
    assert client.closed is None


def test_wrong_h_alias() -> None:
    bench = Bench()
    client = bench.open()
    *_, ack = client.subscribe("BTC-USDC")
    assert listed(ack) == {"candles": ["BTC-USD"]}
    bench.run(T0 + MINUTE)
    assert {row["product_id"] for row in client.candles()} == {"BTC-USD"}


def body(granularity: str, start: int, end: int, path: str = "market/products") -> tuple[int, str]:
    query = f"granularity={granularity}&start={start // 1000}&end={end // 1000}"
    answer = Bench().get(f"{ROOT}/{path}/BTC-USD/candles", query)
    return answer.status, answer.body.decode()


def test_wrong_i_granularity_in_seconds() -> None:
    status, text = body("60", T0 - MINUTE, T0)
    said = 'parsing field "granularity": "60" is not a valid value'
    assert status == 400
    assert json.loads(text) == {"error": "unknown", "error_details": said, "message": said}
    assert ": " not in text.replace('granularity\\": ', "")  # compact, as the SDK wants it


def test_wrong_j_window_of_400_minutes() -> None:
    status, text = body("ONE_MINUTE", T0 - 400 * MINUTE, T0)
    said = "start and end argument is invalid - number of candles requested should be less than 350"
    assert status == 400
    assert json.loads(text) == {
        "error": "INVALID_ARGUMENT", "error_details": said, "message": said
    }  # fmt: skip


def test_wrong_k_private_twin_without_a_token() -> None:
    assert body("ONE_MINUTE", T0 - MINUTE, T0, "products") == (401, "Unauthorized")


def test_wrong_l_server_restart() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(channel="heartbeats")
    client.subscribe("BTC-USD")
    bench.run(T0 + 5_000)
    client.got(bench.engine.end(client.connection, Close(1001), bench.now), bench.now)
    assert client.closed == (T0 + 5_000, 1001, "")
    again = bench.open()
    assert again.subscribe(channel="heartbeats")[0]["sequence_num"] == 0
    *_, ack = again.subscribe("BTC-USD")
    assert listed(ack) == {"candles": ["BTC-USD"], "heartbeats": ["heartbeats"]}
