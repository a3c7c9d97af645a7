"""What a connection answers, sends by itself, and passes over."""

from __future__ import annotations

from typing import Any

import pytest

from mock_exchanges.coinbase import candles, tokens
from mock_exchanges.core.actions import Binary, Pinged, Ponged
from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from tests.mock_exchanges.coinbase.bench import (
    BUCKET,
    MARKET,
    MINUTE,
    OPENED,
    PAIRS,
    T0,
    Bench,
    error,
    listed,
)

AUTH = error("authentication failure")
PARSE = error("failed to parse message")


@pytest.mark.parametrize(
    ("said", "answer", "hint"),
    [
        ("ping", PARSE, "no JSON object: ping"),
        ("[]", PARSE, "no JSON object: []"),
        ("{", PARSE, "no JSON object: {"),
        ("{}", PARSE, "type is None, expected 'subscribe'"),
        ({"type": "SUBSCRIBE", "channel": "candles"}, PARSE,
         "type is 'SUBSCRIBE', expected 'subscribe'"),
        ({"type": "subscribe", "product_ids": ["BTC-USD"], "channels": ["candles"]}, AUTH,
         "channels is the key of Coinbase Exchange; expected one channel: 'candles'"),
        ({"type": "subscribe", "channel": "candle"}, AUTH,
         "no channel 'candle'; nearest is 'candles'"),
        ({"type": "subscribe", "channel": "full"}, AUTH, "no channel 'full'; nearest is 'candles'"),
        ({"type": "subscribe", "channel": ["candles"]}, AUTH,
         "no channel ['candles']; nearest is 'candles'"),
        ({"type": "subscribe", "channel": "candles", "product_ids": "BTC-USD"}, PARSE,
         "product_ids is 'BTC-USD', expected a list of ids"),
        ({"type": "subscribe", "channel": "candles", "product_ids": [1]}, PARSE,
         "product_ids is [1], expected a list of ids"),
        ({"type": "subscribe", "channel": "candles", "jwt": 7}, AUTH,
         "bad jwt: it is int, expected a string"),
        ({"type": "subscribe", "channel": "user"}, AUTH, "channel 'user' wants a jwt"),
        ({"type": "subscribe", "channel": "futures_balance_summary"}, AUTH,
         "channel 'futures_balance_summary' wants a jwt"),
    ],
)  # fmt: skip
def test_a_wrong_message_gets_one_error_and_stays_connected(
    said: Any, answer: Any, hint: str
) -> None:
    bench = Bench()
    client = bench.open()
    assert client.say(said) == [answer]
    assert bench.near_misses() == [hint]
    *_, ack = client.subscribe("BTC-USD")
    assert ack["sequence_num"] == 1  # errors are not counted
    assert client.closed is None


def test_a_refused_subscribe_is_in_time_too() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("BTC-USD", channel="nope")
    bench.run(T0 + 30_000)
    assert client.closed is None
    bench.run(T0 + 75_000)
    assert client.closed == (T0 + 75_000, 1001, "")


def test_an_unsubscribe_is_not() -> None:
    bench = Bench()
    client = bench.open()
    assert listed(client.unsubscribe("BTC-USD")[0]) == {}
    bench.run(T0 + 5_000)
    assert client.closed == (T0 + 5_000, 1001, "")


def test_the_list_is_of_the_whole_connection() -> None:
    client = Bench().open()
    assert listed(client.subscribe("BTC-USD")[-1]) == {"candles": ["BTC-USD"]}
    assert listed(client.subscribe("ETH-USD")[-1]) == {"candles": ["BTC-USD", "ETH-USD"]}
    (ack,) = client.subscribe("BTC-USD", channel="ticker")
    assert listed(ack) == {"candles": ["BTC-USD", "ETH-USD"], "ticker": ["BTC-USD"]}
    assert listed(client.unsubscribe("BTC-USD")[0]) == {
        "candles": ["ETH-USD"], "ticker": ["BTC-USD"]
    }  # fmt: skip
    assert listed(client.unsubscribe("ETH-USD")[0]) == {"ticker": ["BTC-USD"]}
    assert listed(client.unsubscribe("BTC-USD", channel="ticker")[0]) == {}


def test_candles_without_products_are_acknowledged_and_silent() -> None:
    bench = Bench()
    client = bench.open()
    (ack,) = client.subscribe()
    assert listed(ack) == {}
    bench.run(T0 + MINUTE)
    assert len(client.texts) == 1
    assert bench.near_misses() == ["candles without product_ids: nothing will come"]


def test_a_second_subscribe_repeats_the_snapshot_not_the_updates() -> None:
    bench = Bench()
    once, twice = bench.open(), bench.open()
    once.subscribe("BTC-USD")
    twice.subscribe("BTC-USD")
    assert len(twice.subscribe("BTC-USD")) == 2
    bench.run(T0 + MINUTE)
    assert once.candles() == twice.candles() != []


def test_true_usdc_books_keep_their_name() -> None:
    bench = Bench()
    client = bench.open()
    snapshot, ack = client.subscribe("USDT-USDC")
    assert snapshot["events"][0]["candles"][0]["product_id"] == "USDT-USDC"
    assert listed(ack) == {"candles": ["USDT-USDC"]}


def test_an_alias_and_its_book_are_one_subscription() -> None:
    bench = Bench()
    client, other = bench.open(), bench.open()
    *_, ack = client.subscribe("BTC-USDC", "BTC-USD")
    assert listed(ack) == {"candles": ["BTC-USD"]}
    other.subscribe("BTC-USD")
    bench.run(T0 + MINUTE)
    assert client.candles() == other.candles()
    assert listed(client.unsubscribe("BTC-USDC")[0]) == {}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("BTCUSD", "BTC-USD"), ("btc-usd", "BTC-USD"), ("BTC/USD", "BTC-USD"),
     ("ETH_USD", "ETH-USD"), ("BTC-USDT", "BTC-USD"), ("POWRUSD", "POWR-USD")],
)  # fmt: skip
def test_a_near_miss_names_the_right_product(wrong: str, right: str) -> None:
    bench = Bench()
    bench.open().subscribe(wrong)
    (said,) = bench.near_misses()
    assert said.startswith(f"accepted, but silent: no product {wrong!r}; nearest is '{right}")


def test_unknown_ids_need_not_be_echoed() -> None:
    client = Bench(echoes_unknown=False).open()
    assert listed(client.subscribe("NOPE-USD")[-1]) == {}


def test_beats_come_every_second_and_count_the_uptime() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("BTC-USD", channel="heartbeats")
    bench.run(T0 + 10_012)
    times = [at for at, text in client.texts[1:]]
    assert times == [T0 + 13 + n * 1_000 for n in range(10)]
    counters = [frame["events"][0]["heartbeat_counter"] for frame in client.of("heartbeats")]
    assert counters == list(range(counters[0], counters[0] + 10))
    assert counters[0] >= 7_200
    assert all("type" not in frame["events"][0] for frame in client.of("heartbeats"))
    assert listed(client.unsubscribe(channel="heartbeats")[0]) == {}
    bench.run(T0 + 30_000)
    assert len(client.of("heartbeats")) == 10


def test_another_connection_has_another_counter() -> None:
    bench = Bench()
    first = bench.open()
    first.subscribe(channel="heartbeats")
    bench.run(T0 + 1_500)
    second = bench.open()
    second.subscribe(channel="heartbeats")
    bench.run(T0 + 2_500)
    one, two = (c.of("heartbeats")[-1]["events"][0] for c in (first, second))
    assert abs(one["heartbeat_counter"] - two["heartbeat_counter"]) > 2


def test_numbers_count_all_channels_of_a_connection() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("BTC-USD", "ETH-USD")
    client.subscribe(channel="heartbeats")
    client.say("nonsense")
    bench.run(T0 + MINUTE)
    numbers = [f["sequence_num"] for f in client.frames if "channel" in f]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == len(client.frames) - 1


def test_a_shape_without_client_id() -> None:
    client = Bench(client_id=None).open()
    client.subscribe("BTC-USD")
    assert [list(frame) for frame in client.frames] == [
        ["channel", "timestamp", "sequence_num", "events"]
    ] * 2


def test_the_snapshot_has_gaps_and_the_running_bucket() -> None:
    rows = Bench().open().subscribe("BTC-USD")[0]["events"][0]["candles"]
    starts = [int(row["start"]) * 1000 for row in rows]
    assert starts == sorted(starts, reverse=True)
    assert starts[0] == OPENED
    assert len(starts) == 100
    assert 130 <= (starts[0] - starts[-1]) // BUCKET <= 230


def test_updates_are_the_states_at_the_ends_of_seconds() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(channel="heartbeats")
    client.subscribe("POWR-USD")
    end = T0 + 10 * MINUTE
    bench.run(end + 500)
    grid = bench.exchange.intervals()["FIVE_MINUTE"]
    seen = [
        (at, frame)
        for (at, _), frame in zip(client.texts, client.frames, strict=True)
        if frame["channel"] == "candles"
    ][1:]
    expected = {
        at // 1000 + 1
        for minute in range(T0 // MINUTE, end // MINUTE + 1)
        for at in MARKET.trade_times("POWR-USD", minute * MINUTE)
        if T0 - 1000 <= at < end
    }
    assert [at // 1000 for at, _ in seen] == sorted(expected)
    assert len(expected) > 10
    for at, frame in seen:
        assert 3 <= at % 1000 <= 42
        (row,) = frame["events"][0]["candles"]
        candle = MARKET.at("POWR-USD", grid, at - at % 1000 - 1)
        assert candle is not None
        assert (int(row["start"]) * 1000, float(row["volume"])) == (
            candle.open_ms, float(candle.decimal("volume"))
        )  # fmt: skip


def test_nothing_is_sent_for_a_halt() -> None:
    halt = (OPENED + BUCKET, OPENED + 3 * BUCKET)
    bench = Bench(Market(7, PAIRS, [halt]))
    client = bench.open()
    client.subscribe(channel="heartbeats")
    client.subscribe("BTC-USD")
    bench.run(OPENED + 4 * BUCKET)
    assert {int(row["start"]) * 1000 for row in client.candles()} == {OPENED, halt[1]}


def test_before_a_listing_the_snapshot_is_empty() -> None:
    bench = Bench(now=1_400_000_000_000)
    snapshot, ack = bench.open().subscribe("BTC-USD")
    assert snapshot["events"] == [{"type": "snapshot", "candles": []}]
    assert listed(ack) == {"candles": ["BTC-USD"]}


def test_pings_are_answered_and_pongs_are_not() -> None:
    client = Bench().open()
    client.receive(Pinged(b"x"))
    client.receive(Ponged(b"y"))
    assert client.pongs == [b"x"]
    assert client.texts == []


def test_a_binary_frame_is_read_as_text() -> None:
    client = Bench().open()
    client.receive(Binary(b'{"type":"subscribe","channel":"heartbeats"}'))
    client.receive(Binary(b"\xff\xfe"))
    assert [listed(client.frames[0]), client.frames[1]] == [{"heartbeats": ["heartbeats"]}, PARSE]


def test_candles_are_not_on_the_host_for_users() -> None:
    client = Bench().open(host="advanced-trade-ws-user.coinbase.com")
    assert client.subscribe("BTC-USD") == [AUTH]
    assert listed(client.subscribe(channel="heartbeats")[0]) == {"heartbeats": ["heartbeats"]}


def test_any_path_opens_and_the_journal_wonders() -> None:
    bench = Bench()
    assert len(bench.open("/ws?x=1").subscribe("BTC-USD")) == 2
    assert bench.near_misses() == ["candles are served on '/'; nobody said so of '/ws'"]
    answer = Bench(any_ws_path=False).handshake("/ws")
    assert isinstance(answer, Response)
    assert answer.status == 404


def test_handshakes_are_limited_for_an_address() -> None:
    bench = Bench()
    made = [bench.handshake() for _ in range(9)]
    assert [isinstance(answer, Response) for answer in made] == [False] * 8 + [True]
    assert isinstance(made[8], Response)
    assert made[8].status == 429
    bench.now += 1_000
    assert not isinstance(bench.handshake(), Response)


def test_messages_are_limited_for_an_address_not_for_a_connection() -> None:
    bench = Bench()
    first, second = bench.open(), bench.open()
    for _ in range(4):
        first.subscribe(channel="heartbeats")
        second.subscribe(channel="heartbeats")
    flood = error("rate limit exceeded")
    assert [c.subscribe("BTC-USD") for c in (first, second)] == [[flood], [flood]]
    token = tokens.issue(tokens.ES256_KEY, bench.now)
    assert len(first.subscribe("BTC-USD", jwt=token)) == 2


def test_without_limits_nothing_is_too_much() -> None:
    bench = Bench(limits=False)
    clients = [bench.open() for _ in range(20)]
    answers = [client.subscribe(channel="heartbeats") for client in clients for _ in range(5)]
    assert all(listed(ack) for (ack,) in answers)
    bench.exchange.limits = True
    assert bench.exchange.limits
    assert [isinstance(bench.handshake(), Response) for _ in range(9)][-1]


def test_too_many_books_in_a_session() -> None:
    client = Bench().open()
    ids = [f"A{n}-USD" for n in range(17)]
    assert listed(client.subscribe(*ids[:16], channel="level2")[0]) == {"level2": ids[:16]}
    assert client.subscribe(ids[16], channel="level2") == [
        error("too many L2 streams requested in a single session")
    ]
    assert client.closed is None


def test_a_hundred_products_on_one_connection() -> None:
    client = Bench().open()
    *snapshots, ack = client.subscribe(*MARKET.pairs, *(f"A{n}-USD" for n in range(95)))
    assert len(snapshots) == 5
    assert len(listed(ack)["candles"]) == 100


def test_what_is_published_does_not_depend_on_who_listens() -> None:
    early, late = Bench(), Bench(now=T0 + 90_000)
    one, two = early.open(), late.open()
    one.subscribe(channel="heartbeats")
    one.subscribe("BTC-USD")
    two.subscribe("BTC-USD")
    for bench in (early, late):
        bench.run(T0 + 4 * MINUTE)
    after = {at: text for at, text in one.texts if at > T0 + 90_000 and "update" in text}
    other = {at: text for at, text in two.texts if "update" in text}
    assert after.keys() == other.keys() != set()
    strip = '"events":'
    assert [t.partition(strip)[2] for t in after.values()] == [
        t.partition(strip)[2] for t in other.values()
    ]


def test_there_are_no_streams_of_other_names() -> None:
    exchange = Bench().exchange
    assert exchange.stream("candles:BTC-USD") is not None
    names = ("candles:BTC-USDC", "candles:NOPE", "BTC-USD", "heartbeats", candles.topic(""))
    assert [exchange.stream(name) for name in names] == [None] * len(names)
