"""A connection: requests, confirmations, refusals, heartbeat, candles, limits."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from mock_exchanges.core.actions import Binary, Pinged, Ponged
from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, SECOND_MS
from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.demo.profile import INTERVALS
from tests.mock_exchanges.demo.bench import BTC, MARKET, MINUTE, SECOND, T0, Bench

SHAPES = [
    {"method": "subscribe", "params": [BTC], "id": 1},
    {"op": "subscribe", "args": [
        {"channel": "candlestick", "instId": "BTC-USDT", "interval": "1m"}], "id": 1},
    {"op": "subscribe", "args": [BTC], "id": 1},
    {"op": "subscribe", "args": {"channel": "candle", "instId": "BTC-USDT", "interval": "1m"},
     "id": 1},
    {"method": "subscribe", "id": 1, "params": [
        {"channel": "candlestick", "instId": "BTC-USDT", "interval": "1m"}]},
]  # fmt: skip


@pytest.mark.parametrize("request_", SHAPES)
def test_each_shape_is_confirmed_and_followed_by_a_snapshot(request_: dict[str, Any]) -> None:
    client = Bench().open()
    confirmed, snapshot = client.say(request_)
    assert confirmed == {"type": "subscribed", "channel": BTC, "ts": T0, "id": 1}
    assert snapshot["type"] == "snapshot"
    assert [row["t"] for row in snapshot["data"]] == [T0 - 2 * MINUTE, T0 - MINUTE, T0]


@pytest.mark.parametrize("identity", [0, -1, 2**70, "a", "é", "\ud800"])
def test_the_id_comes_back_as_it_was(identity: Any) -> None:
    client = Bench().open()
    assert client.subscribe(BTC, id=identity)[0]["id"] == identity
    assert client.subscribe("x", id=identity)[0]["id"] == identity


def test_without_an_id_none_comes_back() -> None:
    client = Bench().open()
    assert "id" not in client.say({"op": "subscribe", "args": [BTC]})[0]
    assert "id" not in client.say({"op": "nothing"})[0]


def test_each_channel_of_a_request_is_answered_by_itself() -> None:
    bench = Bench()
    answers = bench.open().subscribe(BTC, "candle.7m.BTC-USDT", "candle.5m.ETH-BTC")
    assert [(a["type"], a.get("channel", a.get("message"))) for a in answers] == [
        ("subscribed", BTC), ("snapshot", BTC), ("error", "unknown interval: 7m"),
        ("subscribed", "candle.5m.ETH-BTC"), ("snapshot", "candle.5m.ETH-BTC"),
    ]  # fmt: skip
    assert bench.engine.hub.topics() == [BTC, "candle.5m.ETH-BTC"]


def test_a_channel_subscribed_twice_comes_once() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    assert [answer["type"] for answer in client.subscribe(BTC)] == ["subscribed"]
    bench.run(T0 + MINUTE)
    times = [at for at, _ in client.candles]
    assert len(times) == len(set(times)) > 10


def test_unsubscribed_is_silent_and_can_be_joined_again() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    left = client.say({"op": "unsubscribe", "args": [BTC]})
    assert left == [{"type": "unsubscribed", "channel": BTC, "ts": T0}]
    bench.run(T0 + MINUTE)
    assert client.candles == []
    (again,) = client.say({"op": "unsubscribe", "args": [BTC]})
    assert (again["code"], again["message"]) == (40008, f"not subscribed: {BTC}")
    assert [answer["type"] for answer in client.subscribe(BTC)] == ["subscribed", "snapshot"]


@pytest.mark.parametrize(
    ("channel", "code", "message", "nearest"),
    [
        ("trade.BTC-USDT", 40003, "unknown channel: trade.BTC-USDT", "candle."),
        ("BTC-USDT", 40003, "unknown channel: BTC-USDT", "candle."),
        (7, 40003, "unknown channel: 7", "candle.1m.BTC-USDT"),
        ({"channel": "tickers"}, 40003, 'unknown channel: {"channel":"tickers"}', "candle."),
        ("candle.1m.BTCUSDT", 40004, "unknown pair: BTCUSDT", "candle.1m.BTC-USDT"),
        ("candle.1m.btc-usdt", 40004, "unknown pair: btc-usdt", "candle.1m.BTC-USDT"),
        ("candle.1m.DOT-USDT", 40004, "unknown pair: DOT-USDT", "candle.1m."),
        ("candle.1M.ETH-BTC", 40005, "unknown interval: 1M", "candle.1m.ETH-BTC"),
        ("candle.60.ETH-BTC", 40005, "unknown interval: 60", "candle."),
        ("candle.4h.ETH-BTC", 40006, "interval is not streamed: 4h", "candle.1h.ETH-BTC"),
    ],
)
def test_a_wrong_channel_is_refused_and_the_nearest_is_in_the_journal(
    channel: Any, code: int, message: str, nearest: str
) -> None:
    bench = Bench()
    client = bench.open()
    assert client.subscribe(channel, id=9) == [
        {"type": "error", "code": code, "message": message, "id": 9}
    ]
    (missed,) = bench.near_misses()
    assert missed.startswith(f"{message}; nearest is '{nearest}")
    assert client.closed is None
    assert client.subscribe(BTC)[0]["type"] == "subscribed"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("hello", 40001, "malformed request: no JSON"),
        ("[" * 100_000, None, ""),
        ("[" * 10_000, 40001, "malformed request: no JSON"),
        ("[]", 40001, "malformed request: no JSON object"),
        ("{}", 40001, "malformed request: expected op or method"),
        ('{"op":"ping","method":"ping"}', 40001, "malformed request: expected op or method"),
        ('{"op":"ping","id":[]}', 40001, "malformed request: id is neither a number nor a string"),
        ('{"op":"subscribe"}', 40001, "malformed request: no channel is named"),
        ('{"op":"subscribe","args":"candle"}', 40001,
         "malformed request: args or params is no list"),
        ('{"op":"subscribe","args":[{"channel":"candle","instId":"BTC-USDT"}]}', 40001,
         "malformed request: a channel has instId and interval, which are strings"),
        ('{"method":"SUBSCRIBE"}', 40002, "unknown operation: SUBSCRIBE"),
        ('{"op":null}', 40002, "unknown operation: null"),
        ('{"op":["subscribe"]}', 40002, 'unknown operation: ["subscribe"]'),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_read(text: str, code: int | None, message: str) -> None:
    client = Bench().open()
    answers = client.say(text)
    if code is None:
        assert answers == []
        assert client.closed == (T0, 1009, "message is too big")
        return
    assert [(a["type"], a["code"], a["message"]) for a in answers] == [("error", code, message)]
    assert client.closed is None


def test_a_binary_message_is_refused() -> None:
    client = Bench().open()
    client.receive(Binary(b"{}"))
    assert [frame["code"] for _, frame in client.got_at] == [40001]


def test_pings_carry_the_time_and_a_connection_that_answers_lives() -> None:
    bench = Bench()
    client = bench.open()
    bench.run(T0 + HOUR_MS)
    assert client.pings == [(T0 + n * 15 * SECOND,) * 2 for n in range(1, 241)]
    assert client.closed is None
    assert bench.near_misses() == []


def test_a_ping_without_an_answer_ends_the_connection_ten_seconds_later() -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    bench.run(T0 + 24_999)
    assert client.lives
    bench.run(T0 + MINUTE)
    assert client.closed == (T0 + 25 * SECOND, 1008, "pong timeout")
    assert len(client.pings) == 1


@pytest.mark.parametrize("ts", [None, 0, T0, str(T0 + 15_000), True])
def test_a_pong_with_another_time_answers_nothing(ts: Any) -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    bench.run(T0 + 15 * SECOND)
    client.say({"op": "pong", "ts": ts})
    client.receive(Ponged(b""))
    bench.run(T0 + 26 * SECOND)
    assert client.closed == (T0 + 25 * SECOND, 1008, "pong timeout")
    assert bench.near_misses()[0].endswith(f"answers no ping; unanswered: ts {T0 + 15 * SECOND}")


def test_a_pong_of_its_own_accord_is_harmless() -> None:
    bench = Bench()
    client = bench.open()
    assert client.say({"op": "pong", "ts": T0}) == []
    assert bench.near_misses() == [f"pong with ts {T0} answers no ping; unanswered: nothing"]
    bench.run(T0 + MINUTE)
    assert client.closed is None


def test_a_client_may_ping_too() -> None:
    client = Bench().open()
    assert client.say({"op": "ping"}) == [{"op": "pong", "ts": T0}]
    assert client.say({"method": "ping", "id": 3}) == [{"op": "pong", "ts": T0, "id": 3}]
    client.receive(Pinged(b"abc"))
    assert client.pongs == [b"abc"]


def test_a_candle_comes_with_each_second_of_trades_and_whole_after_its_end() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    bench.run(T0 + 10 * MINUTE + SECOND)
    grid = INTERVALS["1m"]
    lasts = 0
    for at, frame in client.candles:
        assert frame["ts"] == at
        assert (frame["channel"], frame["symbol"], frame["interval"]) == (BTC, "BTC-USDT", "1m")
        if at % MINUTE == 20:
            lasts += 1
            candle = MARKET.candle("BTC-USDT", grid, at - 20 - MINUTE)
        else:
            assert at % SECOND_MS == 0 != at % MINUTE
            candle = MARKET.at("BTC-USDT", grid, at)
        assert candle is not None
        data = frame["data"]
        assert (data["t"], data["n"]) == (candle.open_ms, candle.trades)
        assert [data[key] for key in "ohlcvq"] == [
            f"{candle.decimal(name):f}"
            for name in ("open", "high", "low", "close", "volume", "quote_volume")
        ]
    assert lasts == 11
    # nothing goes back: neither the candle nor what was traded in it
    for (_, one), (_, two) in pairwise(client.candles):
        assert (two["data"]["t"], two["data"]["n"]) >= (one["data"]["t"], one["data"]["n"])


def test_every_minute_of_a_quiet_market_has_a_first_and_a_last_message() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("candle.1m.POWR-USDT", "candle.5m.POWR-USDT")
    bench.run(T0 + 20 * MINUTE - 1)
    for channel, step in (("candle.1m.POWR-USDT", MINUTE), ("candle.5m.POWR-USDT", 5 * MINUTE)):
        times = {at for at, frame in client.candles if frame["channel"] == channel}
        assert times >= {T0 + n * step + late for n in range(20 * MINUTE // step)
                         for late in (20, SECOND)}  # fmt: skip
    flat = [frame["data"] for _, frame in client.candles if frame["data"]["n"] == 0]
    assert flat
    assert all(row["o"] == row["h"] == row["l"] == row["c"] for row in flat)


def test_what_comes_does_not_depend_on_who_listens_since_when() -> None:
    bench = Bench()
    early = bench.open()
    early.subscribe(BTC)
    bench.run(T0 + 90_500)
    late = bench.open()
    late.subscribe(BTC)
    bench.run(T0 + 3 * MINUTE)
    assert late.candles == [pair for pair in early.candles if pair[0] > T0 + 90_500]


def test_a_halt_and_the_time_before_the_listing_are_silent() -> None:
    halted = Market(7, MARKET.pairs.values(), [(T0 + MINUTE, T0 + 3 * MINUTE)])
    bench = Bench(market=halted)
    client = bench.open()
    client.subscribe(BTC)
    bench.run(T0 + 4 * MINUTE)
    silent = [at for at, _ in client.candles if T0 + MINUTE + 20 < at <= T0 + 3 * MINUTE + 20]
    assert silent == []
    assert client.candles[-1][0] > T0 + 3 * MINUTE
    listed = 1_502_928_000_000  # 2017-08-17
    early = Bench(now=listed - 10 * SECOND)
    client = early.open()
    assert [answer["type"] for answer in client.subscribe(BTC)] == ["subscribed"]
    early.run(listed + 2 * SECOND)
    assert [frame["data"]["t"] for _, frame in client.candles][:1] == [listed]


def test_channels_of_a_connection_are_limited() -> None:
    many = [f"A{n}-USDT" for n in range(30)]
    bench = Bench(market=Market(7, pairs_named(many)), channels_per_connection=100)
    channels = [f"candle.{each}.{pair}" for pair in many for each in ("1m", "5m", "15m", "1h")]
    client = bench.open()
    answers = client.subscribe(*channels[:101])
    assert [a["code"] for a in answers if a["type"] == "error"] == [40007]
    assert len(bench.engine.hub.topics()) == 100
    client.say({"op": "unsubscribe", "args": channels[:1]})
    assert client.subscribe(channels[101])[0]["type"] == "subscribed"


def test_a_flood_of_messages_ends_the_connection_unless_limits_are_off() -> None:
    client = Bench().open()
    for _ in range(20):
        assert client.say({"op": "ping"})[0]["op"] == "pong"
    (refusal,) = client.say({"op": "ping"})
    assert (refusal["code"], refusal["message"]) == (42901, "too many messages")
    assert client.closed == (T0, 1008, "too many messages")
    free = Bench(limits=False).open()
    for _ in range(200):
        free.say({"op": "ping"})
    assert free.closed is None


def test_ten_messages_a_second_are_fine() -> None:
    bench = Bench()
    client = bench.open()
    for n in range(300):
        bench.run(T0 + n * 100)
        client.say({"op": "ping"})
    assert client.closed is None


def test_an_old_connection_is_told_a_minute_before_it_ends() -> None:
    bench = Bench()
    client = bench.open()
    bench.run(T0 + DAY_MS + MINUTE)
    notices = [(at, frame["message"]) for at, frame in client.got_at if frame["type"] == "notice"]
    assert notices == [(T0 + DAY_MS - MINUTE, "the connection ends in 60 s; connect again")]
    assert client.closed == (T0 + DAY_MS, 1001, "connection age")


def test_handshakes_of_an_address_are_limited_over_time() -> None:
    bench = Bench()
    for _ in range(60):
        assert not isinstance(bench.handshake(), Response)
    refused = bench.handshake()
    assert isinstance(refused, Response)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "60")
    bench.now += MINUTE
    assert not isinstance(bench.handshake(), Response)
    free = Bench(limits=False)
    assert not any(isinstance(free.handshake(), Response) for _ in range(200))


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/1", "/stream", "/WS"])
def test_another_path_is_refused(path: str) -> None:
    refused = Bench().handshake(path)
    assert isinstance(refused, Response)
    assert refused.status == 404


def test_a_query_that_is_not_asked_for_is_ignored() -> None:
    client = Bench().open("/ws?token=none&x")
    assert client.subscribe(BTC)[0]["type"] == "subscribed"
