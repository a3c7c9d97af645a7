"""Whole conversations, one correct and fourteen wrong ones, frame by frame."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest

from mock_exchanges.core.http import Response
from tests.mock_exchanges.kucoin.bench import BTC, MARKET, MINUTE, T0, Bench, Client

ACK = '{"id":"1","type":"ack"}'
SERVER_ID = re.compile(r"[0-9a-f]{24}")


def error(code: int, data: str, id: str = "1") -> str:
    frame = {"id": id, "type": "error", "code": code, "data": data}
    return json.dumps(frame, separators=(",", ":"))


def made_by_server(text: str, now: int) -> dict[str, Any]:
    """Return the frame without its id, which must be an ObjectId of now."""
    frame: dict[str, Any] = json.loads(text)
    id = frame.pop("id")
    assert SERVER_ID.fullmatch(id)
    assert int(id[:8], 16) == now // 1000
    return frame


def test_9_correct_session() -> None:
    bench = Bench()
    given = bench.bullet()
    (server,) = given["instanceServers"]
    assert (server["pingInterval"], server["pingTimeout"]) == (18_000, 10_000)
    client = bench.open(f"/?token={given['token']}&connectId=c-17")
    assert client.texts == [(T0, '{"id":"c-17","type":"welcome"}')]
    assert client.subscribe(BTC) == [ACK]
    bench.run(T0 + 18_000)
    assert client.say({"id": "2", "type": "ping"}) == [
        f'{{"id":"2","type":"pong","timestamp":{bench.now * 1000}}}'
    ]
    for after in (36_000, 54_000, 72_000):
        bench.run(T0 + after)
        client.say({"id": "x", "type": "ping"})
    bench.run(T0 + 75_000)
    starts = [int(push["data"]["candles"][0]) for push in client.pushes]
    subjects = [push["subject"] for push in client.pushes]
    # The candle that ended a moment before is told once more, then come two new ones.
    assert sorted(set(starts)) == [T0 // 1000 - 60, T0 // 1000, T0 // 1000 + 60]
    news = [n > 0 and starts[n] > starts[n - 1] for n in range(len(starts))]
    assert [subject == "trade.candles.add" for subject in subjects] == news
    times = [at for at, text in client.texts if '"message"' in text]
    assert all(later - earlier >= 1000 for earlier, later in pairwise(times))
    stop = {"id": "3", "type": "unsubscribe", "topic": BTC, "response": True}
    assert client.say(stop) == ['{"id":"3","type":"ack"}']
    seen = len(client.texts)
    bench.run(T0 + 80_000)
    assert (len(client.texts), client.ended) == (seen, None)


def test_10_a_stale_token() -> None:
    bench = Bench()
    token = bench.token()
    bench.run(T0 + 86_400_000 - 1)
    assert bench.open(f"/?token={token}").ended is None
    bench.run(T0 + 86_400_000)
    client = bench.open(f"/?token={token}&connectId=mine")
    ((_, text),) = client.texts
    assert made_by_server(text, bench.now) == {
        "type": "error", "code": 401, "data": "token is expired",
    }  # fmt: skip
    assert client.ended == (bench.now, "eof")


@pytest.mark.parametrize("query", ["", "token=", "token=garbage", "token=%FF", "connectId=1"])
def test_10_b_no_token_or_garbage(query: str) -> None:
    bench = Bench()
    client = bench.open(f"/?{query}")
    ((_, text),) = client.texts
    assert made_by_server(text, T0) == {"type": "error", "code": 401, "data": "token is invalid"}
    assert client.ended == (T0, "eof")


@pytest.mark.parametrize("stale", [True, False])
def test_10_b_as_in_2022(stale: bool) -> None:
    bench = Bench(date="2022-02-01")
    token = bench.token() if stale else "garbage"
    bench.now = T0 + 86_400_000
    answer = bench.handshake(f"/endpoint?token={token}")
    assert isinstance(answer, Response)
    assert answer.status == 401


ALONE = [
    ("c_wrong_topic", {"topic": "/market/candle:BTC-USDT_1min"},
     error(404, "topic does not exist")),
    ("d_unknown_symbol", {"topic": "/market/candles:NOPE-USDT_1min"},
     error(404, "topic /market/candles:NOPE-USDT_1min is not found")),
    ("e_bad_interval", {"topic": "/market/candles:BTC-USDT_1m"},
     error(404, "topic /market/candles:BTC-USDT_1m is not found")),
    ("f_no_topic", {}, error(406, "topic is required")),
    ("g_unknown_type", {"type": "sub", "topic": BTC}, error(415, "command type is invalid")),
    ("m_private_topic", {"topic": "/spotMarket/tradeOrders"}, error(403, "login is required")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "answer"), [pytest.param(*a[1:], id=a[0]) for a in ALONE])
def test_10_c_to_g_and_m_are_answered_and_the_connection_stays(
    said: dict[str, Any], answer: str
) -> None:
    bench = Bench()
    client = bench.open()
    assert client.say({"id": "1", "type": "subscribe", "response": True, **said}) == [answer]
    assert still_serves(client)


def still_serves(client: Client) -> bool:
    """Return whether the connection is open and takes a right subscription."""
    (ack,) = client.subscribe(BTC, id="still")
    client.bench.run(client.bench.now + 5_000)
    return client.ended is None and ack == '{"id":"still","type":"ack"}' and bool(client.pushes)


def test_10_d_on_futures_it_is_acked_and_silent() -> None:
    bench = Bench(unknown_symbol="silence")
    client = bench.pinging()
    assert client.subscribe("/market/candles:BTC-USDTT_1min") == [ACK]
    bench.run(T0 + 5 * MINUTE)
    assert client.pushes == []
    assert client.ended is None
    assert bench.near_misses() == [
        "accepted, but silent: '/market/candles:BTC-USDTT_1min': no symbol 'BTC-USDTT'; "
        "nearest is '/market/candles:BTC-USDT_1min'"
    ]


def test_10_h_not_json() -> None:
    bench = Bench()
    client = bench.open()
    (text,) = client.say("hello")
    frame = made_by_server(text, T0)
    assert (frame["type"], frame["code"]) == ("error", 400)
    assert frame["data"].startswith("Unrecognized token 'hello': was expecting ")
    assert still_serves(client)


def test_10_i_101_items() -> None:
    bench = Bench()
    client = bench.open()
    topic = "/market/candles:" + ",".join(["BTC-USDT_1min"] * 101)
    assert client.subscribe(topic) == [
        error(509, "exceed max subscription count limitation of 100 per time")
    ]
    assert bench.engine.hub.topics() == []
    bench.run(T0 + 5_000)
    assert client.pushes == []
    assert still_serves(client)


def test_10_j_401st_topic() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    # Other topics of the exchange count as well, though this mock has nothing to say there.
    others = [f"/market/ticker:T{n}-USDT" for n in range(400)]
    for n in range(0, 399, 57):
        batch = "/market/ticker:" + ",".join(name[15:] for name in others[n : n + 57])
        assert client.subscribe(batch) == [ACK]
    assert client.subscribe("/market/candles:ETH-BTC_1min", id="9") == [
        error(509, "exceed max subscription count limitation of 400 per session", "9")
    ]
    assert bench.engine.hub.topics() == [BTC]
    # What is subscribed already counts once.
    assert still_serves(client)


def test_10_k_message_burst() -> None:
    bench = Bench()
    client = bench.open()
    answers = [client.subscribe(BTC, id=str(n)) for n in range(105)]
    assert answers[:100] == [[f'{{"id":"{n}","type":"ack"}}'] for n in range(100)]
    (text,) = answers[100]
    assert made_by_server(text, T0) == {
        "type": "error", "code": 509, "data": "exceed max permits per second",
    }  # fmt: skip
    assert client.ended == (T0, 1000, "Bye")
    assert answers[101:] == [[]] * 4


def test_10_k_as_in_2022() -> None:
    bench = Bench(date="2022-02-01")
    client = bench.open()
    for _ in range(101):
        client.say({"type": "ping"})
    assert client.frames[-1]["data"] == "exceed max permits per 10 seconds"
    assert client.ended == (T0, "eof")


def test_10_l_no_ping() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    bench.run(T0 + 61_000)
    complaints = [(at, text) for at, text in client.texts if '"error"' in text]
    ((at, text),) = complaints
    assert at == T0 + 60_000
    assert made_by_server(text, at) == {"type": "error", "code": 400, "data": "ping timeout"}
    assert client.ended == (T0 + 60_500, 1000, "Bye")
    # It was no lack of data.
    assert len(client.pushes) > 15
    assert bench.engine.hub.topics() == []


def test_10_n_response_false() -> None:
    bench = Bench()
    for response in ({"response": False}, {}):
        client = bench.open()
        assert client.say({"id": "1", "type": "subscribe", "topic": BTC, **response}) == []
        bench.run(bench.now + 5_000)
        assert client.pushes
        assert {frame["type"] for frame in client.frames} == {"welcome", "message"}
        silent = {"id": "2", "type": "unsubscribe", "topic": BTC, **response}
        assert client.say(silent) == []
        assert client.connection.session.topics == {}  # type: ignore[attr-defined]


def test_the_ledger_is_what_is_pushed() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    bench.run(T0 + 55_000)
    last = client.pushes[-1]["data"]["candles"]
    told_to = client.texts[-1][0] // 1000 * 1000
    candle = MARKET.at("BTC-USDT", bench.exchange.profile.intervals["1min"], told_to - 1)
    assert candle is not None
    names = ("open", "close", "high", "low", "volume", "quote_volume")
    assert [float(text) for text in last[1:]] == [float(candle.decimal(name)) for name in names]
