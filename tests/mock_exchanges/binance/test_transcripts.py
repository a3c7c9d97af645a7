"""Whole conversations, one correct and twelve wrong ones, frame by frame."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_exchanges.core.actions import Ponged
from mock_exchanges.core.http import Response
from tests.mock_exchanges.binance.bench import MARKET, MINUTE, T0, Bench

ACK = '{"result":null,"id":1}'
CLOSED = (1008, "Invalid request")


def error(code: int, message: str, **identity: Any) -> str:
    frame = {"error": {"code": code, "msg": message}, **identity}
    return json.dumps(frame, separators=(",", ":"))


def test_correct() -> None:
    bench = Bench(now=T0 + 1)
    client = bench.open("/ws")
    assert client.texts == []
    assert client.subscribe("powrusdt@kline_1m") == [ACK]
    bench.run(T0 + 64_000)
    first, *_ = MARKET.trade_times("POWR-USDT", T0) or (None,)
    kinds = [(event["k"]["t"], event["k"]["x"], event["k"]["n"] > 0) for event in client.events]
    boundary = next(n for n, kind in enumerate(kinds) if kind[1] and kind[0] == T0)
    assert kinds[boundary + 1][:2] == (T0 + MINUTE, False)
    assert client.events[boundary + 1]["E"] - client.events[boundary]["E"] == 2_670
    if first is None:
        assert kinds[boundary][2] is False
    assert client.pings == [(T0 + n * 20_000 + 1, b"%d" % (T0 + n * 20_000 + 1)) for n in (1, 2, 3)]
    (answer,) = client.say({"method": "UNSUBSCRIBE", "params": ["powrusdt@kline_1m"], "id": 2})
    assert answer == '{"result":null,"id":2}'
    seen = len(client.texts)
    bench.run(T0 + 10 * MINUTE)
    assert len(client.texts) == seen
    assert client.closed is None


def test_wrong_1_upper_case() -> None:
    bench = Bench()
    client = bench.open()
    assert client.subscribe("BNBUSDT@kline_1m") == [ACK]
    bench.run(T0 + 5 * MINUTE)
    assert client.events == []
    assert len(client.pings) == 15
    (listed,) = client.say({"method": "LIST_SUBSCRIPTIONS", "id": 2})
    assert listed == '{"result":["BNBUSDT@kline_1m"],"id":2}'


def test_wrong_2_unknown_symbol_or_interval() -> None:
    bench = Bench()
    client = bench.open()
    assert client.subscribe("nosuch@kline_1m", "bnbusdt@kline_7m") == [ACK]
    bench.run(T0 + 5 * MINUTE)
    assert len(client.texts) == 1
    assert client.closed is None
    assert len(bench.near_misses()) == 2


WRONG = [
    ("wrong_3_malformed_name", '{"method":"SUBSCRIBE","params":["bnb usdt kline"],"id":3}',
     error(2, "Invalid request: invalid stream", id=3)),
    ("wrong_4_lower_case_method", '{"method":"subscribe","params":["bnbusdt@kline_1m"],"id":1}',
     error(2, "Invalid request: unknown variant `subscribe`, expected one of `SUBSCRIBE`, "
              "`UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` "
              "at line 1 column 21", id=1)),
    ("wrong_5_text_ping", "ping",
     error(3, "Invalid JSON: expected value at line 1 column 1")),
    ("wrong_6_no_id", '{"method":"SUBSCRIBE","params":["bnbusdt@kline_1m"]}',
     error(2, "Invalid request: request ID must be an unsigned integer")),
]  # fmt: skip


@pytest.mark.parametrize(("said", "answer"), [pytest.param(*w[1:], id=w[0]) for w in WRONG])
def test_wrong_3_to_6_are_answered_and_closed(said: str, answer: str) -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1m")
    assert client.say(said) == [answer]
    assert client.closed == (T0, *CLOSED)
    bench.run(T0 + MINUTE)
    assert len(client.texts) == 1


def test_wrong_7_burst() -> None:
    bench = Bench()
    client = bench.open()
    for n in range(40):
        client.subscribe("bnbusdt@kline_1s", id=n)
    assert 5 <= len(client.texts) < 15
    bench.run(T0 + MINUTE)
    assert 5 <= len(client.texts) < 15
    assert client.closed == (T0 + 6_000, 1008, "Too many requests")
    assert bench.engine.hub.next_due() is None


def test_wrong_8_too_many_streams() -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1m")
    batches = [[f"a{n}@kline_1m" for n in range(i, i + 200)] for i in range(0, 1200, 200)]
    for identity, names in enumerate(batches[:-1], 1):
        assert client.subscribe(*names, id=identity) == [f'{{"result":null,"id":{identity}}}']
    assert client.subscribe(*batches[-1], id=6) == [error(4, "Too many subscriptions", id=6)]
    assert client.closed == (T0, *CLOSED)
    bench.run(T0 + MINUTE + 1_000)
    assert client.events == []


@pytest.mark.parametrize("payload", [None, b"", b"0"])
def test_wrong_9_no_right_pong(payload: bytes | None) -> None:
    bench = Bench()
    client = bench.open("/ws", answers_pings=False)
    for at in (20_000, 40_000, 60_000):
        bench.run(T0 + at)
        if payload is not None:
            client.receive(Ponged(payload))
    assert client.closed is None
    bench.run(T0 + 79_999)
    assert client.closed is None
    bench.run(T0 + 80_000)
    assert client.closed == (T0 + 80_000, 1008, "Pong timeout")


def test_wrong_10_oversized() -> None:
    bench = Bench()
    client = bench.open()
    names = [f"bnbusdt{n}@kline_1m" for n in range(299)] + ["bnbusdt@kline_1m"]
    assert client.subscribe(*names) == []
    bench.run(T0 + 3 * MINUTE)
    assert client.texts == []
    assert len(client.pings) == 9
    assert client.closed is None


def test_wrong_11_bad_path() -> None:
    answer = Bench().handshake("/")
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (400, b"Invalid request path")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("symbol=bnbusdt&interval=1m", 400, -1100),
        ("symbol=BNBUSDT&interval=1m&start_time=1", 400, -1104),
        (f"symbol=BNBUSDT&interval=1m&startTime={T0 + MINUTE}&endTime={T0}", 200, 0),
        ("symbol=BNBUSDT&interval=1m&limit=5000", 200, 1000),
        ("symbol=BNBUSDT&interval=1m&limit=0", 400, -1102),
    ],
)
def test_wrong_12_rest(query: str, status: int, code: int) -> None:
    answer = Bench().get("/api/v3/klines", query)
    body = json.loads(answer.body)
    assert answer.status == status
    assert (body["code"] if status == 400 else len(body)) == code
