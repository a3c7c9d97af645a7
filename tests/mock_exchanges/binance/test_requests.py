"""The requests on the stream: every legal one is answered, every wrong one in its own way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.mock_exchanges.binance.bench import T0, Bench

EXPECTED = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`"
BAD_ID = "Invalid request: request ID must be an unsigned integer"
ABSENT = object()

IDS: list[Any] = [0, 1, -1, 2**63 - 1, -(2**63), 1_785_000_000_000, None, "", "a", "7", "é" * 36,
                  "6f1c1d0e-95a7-4c0e-8d0f-0d6b8a4c9b57"]  # fmt: skip
BAD_IDS = ["1.0", "1.5", "true", "[]", "{}", f"{2**63}", f'"{"a" * 37}"', "1e3"]


@pytest.mark.parametrize("identity", IDS)
def test_ids_of_every_legal_type_are_echoed(identity: Any) -> None:
    client = Bench().open()
    wanted = json.dumps({"result": None, "id": identity}, separators=(",", ":"), ensure_ascii=False)
    assert client.subscribe("bnbusdt@kline_1m", id=identity) == [wanted]
    assert client.closed is None


@pytest.mark.parametrize("identity", BAD_IDS)
def test_ids_of_other_types_are_refused_without_an_id(identity: str) -> None:
    client = Bench().open()
    (answer,) = client.say(f'{{"method":"LIST_SUBSCRIPTIONS","id":{identity}}}')
    assert json.loads(answer) == {"error": {"code": 2, "msg": BAD_ID}}
    assert client.closed == (T0, 1008, "Invalid request")


def test_answers_in_a_row() -> None:
    client = Bench().open()
    asked = [
        ({"method": "LIST_SUBSCRIPTIONS", "id": 1}, []),
        (
            {"method": "SUBSCRIBE", "params": ["ethusdt@kline_5m", "bnbusdt@kline_1m"], "id": 2},
            None,
        ),
        ({"method": "UNSUBSCRIBE", "params": ["ethusdt@kline_5m"], "id": 3}, None),
        ({"method": "LIST_SUBSCRIPTIONS", "id": 4}, ["bnbusdt@kline_1m"]),
        ({"method": "GET_PROPERTY", "params": ["combined"], "id": 5}, False),
        ({"method": "SET_PROPERTY", "params": ["combined", True], "id": 6}, None),
        ({"method": "GET_PROPERTY", "params": ["combined"], "id": 7}, True),
    ]
    for message, result in asked:
        (answer,) = client.say(message)
        assert list(json.loads(answer)) == ["result", "id"]
        assert json.loads(answer) == {"result": result, "id": message["id"]}


@pytest.mark.parametrize(
    "message",
    [
        {"method": "SUBSCRIBE", "params": [], "id": 1},
        {"method": "UNSUBSCRIBE", "params": ["bnbusdt@kline_1m"], "id": 1},
        {"method": "LIST_SUBSCRIPTIONS", "params": [], "id": 1},
        {"method": "SUBSCRIBE", "params": ["bnbusdt@kline_1m"], "id": 1, "other": {"x": 1}},
    ],
)
def test_harmless_oddities_are_acknowledged(message: dict[str, Any]) -> None:
    client = Bench().open()
    (answer,) = client.say(message)
    assert json.loads(answer)["id"] == 1
    assert client.closed is None


ERRORS = [
    # name, text, code, message, id
    ("property", '{"method":"SET_PROPERTY","params":["combine",true],"id":1}',
     0, "Unknown property", 1),
    ("get-property", '{"method":"GET_PROPERTY","params":["x"],"id":1}', 0, "Unknown property", 1),
    ("value", '{"method":"SET_PROPERTY","params":["combined","true"],"id":"b"}',
     1, "Invalid value type: expected Boolean", "b"),
    ("no-value", '{"method":"SET_PROPERTY","params":["combined"],"id":1}',
     1, "Invalid value type: expected Boolean", 1),
    ("no-property", '{"method":"SET_PROPERTY","params":[],"id":1}',
     2, "Invalid request: property name must be a string", 1),
    ("property-type", '{"method":"SET_PROPERTY","params":[true,"combined"],"id":1}',
     2, "Invalid request: property name must be a string", 1),
    ("three-params", '{"method":"SET_PROPERTY","params":["combined",true,1],"id":1}',
     2, "Invalid request: too many parameters", 1),
    ("two-params", '{"method":"GET_PROPERTY","params":["combined",true],"id":1}',
     2, "Invalid request: too many parameters", 1),
    ("no-method", '{"params":["bnbusdt@kline_1m","ethusdt@kline_5m"],"id":4}',
     2, "Invalid request: missing field `method` at line 1 column 57", 4),
    ("lower-method", '{"method":"subscribe","params":["bnbusdt@kline_1m"],"id":1}',
     2, f"Invalid request: unknown variant `subscribe`, expected one of {EXPECTED}"
        " at line 1 column 21", 1),
    ("method-late", '{"id":1,\n "method": "PING"}',
     2, f"Invalid request: unknown variant `PING`, expected one of {EXPECTED}"
        " at line 2 column 17", 1),
    ("method-type", '{"method":5,"id":1}',
     2, "Invalid request: invalid type: integer `5`, expected variant identifier"
        " at line 1 column 11", 1),
    ("no-params", '{"method":"SUBSCRIBE","id":1}',
     2, "Invalid request: missing field `params` at line 1 column 29", 1),
    ("params-type", '{"method":"SUBSCRIBE","params":"a","id":1}',
     2, 'Invalid request: invalid type: string "a", expected a sequence at line 1 column 42', 1),
    ("name-type", '{"method":"SUBSCRIBE","params":[null],"id":1}',
     2, "Invalid request: invalid type: null, expected a string at line 1 column 45", 1),
    ("blank", '{"method":"SUBSCRIBE","params":["not a stream"],"id":3}',
     2, "Invalid request: invalid stream", 3),
    ("hash", '{"method":"SUBSCRIBE","params":["@@@x###"],"id":null}',
     2, "Invalid request: invalid stream", None),
    ("unsubscribe-blank", '{"method":"UNSUBSCRIBE","params":["a b"],"id":3}',
     2, "Invalid request: invalid stream", 3),
    ("array", "[1]", 2,
     "Invalid request: invalid type: sequence, expected a request at line 1 column 3", ABSENT),
    ("text", "ping", 3, "Invalid JSON: expected value at line 1 column 1", ABSENT),
    ("empty", "", 3, "Invalid JSON: EOF while parsing a value at line 1 column 0", ABSENT),
    ("cut", '{"method":"SUBSCRIBE"', 3,
     "Invalid JSON: EOF while parsing an object at line 1 column 21", ABSENT),
    ("trailing", "{} {}", 3, "Invalid JSON: trailing characters at line 1 column 4", ABSENT),
    ("nan", '{"id":NaN}', 3, "Invalid JSON: expected value at line 1 column 1", ABSENT),
    ("deep", "[" * 3000, 3, "Invalid JSON: recursion limit exceeded at line 1 column 128", ABSENT),
    ("brackets in text", '{"id":"' + "[" * 200 + '"}', 2,
     "Invalid request: request ID must be an unsigned integer", ABSENT),
    ("surrogate", '{"id":"\\ud800"}', 3,
     "Invalid JSON: lone leading surrogate in hex escape at line 1 column 15", ABSENT),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "message", "identity"), [pytest.param(*e[1:], id=e[0]) for e in ERRORS]
)
def test_errors_are_nested_and_most_end_the_connection(
    text: str, code: int, message: str, identity: Any
) -> None:
    client = Bench().open()
    (answer,) = client.say(text)
    wanted: dict[str, Any] = {"error": {"code": code, "msg": message}}
    if identity is not ABSENT:
        wanted["id"] = identity
    assert answer == json.dumps(wanted, separators=(",", ":"))
    assert client.closed == (None if code in (0, 1) else (T0, 1008, "Invalid request"))


NEAR = [
    ("BNBUSDT@kline_1m", "'bnbusdt@kline_1m'"),
    ("bnbusd@kline_1m", "'bnbusdt@kline_1m'"),
    ("bnb-usdt@kline_1m", "'bnbusdt@kline_1m'"),
    ("bnbusdt@kline_7m", "m'"),
    ("bnbusdt@kline_1H", "'bnbusdt@kline_1h'"),
    ("bnbusdt@klines_5m", "'bnbusdt@kline_5m'"),
    ("bnbusdt@candle", "'bnbusdt@kline_1m'"),
    ("bnbusdt@kline_1d@+09:00", "'bnbusdt@kline_1d@+08:00'"),
    ("bnbusdt", "'bnbusdt@kline_1m'"),
    ("bnbusdt@trade", "serves kline streams only"),
    ("!miniTicker@arr", "!miniTicker@arr"),
]


@pytest.mark.parametrize(("name", "nearest"), NEAR)
def test_silent_acceptance_leaves_a_near_miss_that_names_the_nearest(
    name: str, nearest: str
) -> None:
    bench = Bench()
    client = bench.open()
    assert client.subscribe(name) == ['{"result":null,"id":1}']
    (miss,) = bench.near_misses()
    assert repr(name) in miss
    assert nearest in miss
    assert json.loads(client.say({"method": "LIST_SUBSCRIPTIONS", "id": 2})[0])["result"] == [name]
    bench.run(T0 + 65_000)
    assert client.events == []
    assert client.closed is None


def test_right_names_leave_no_near_miss() -> None:
    bench = Bench()
    bench.open("/ws/0").subscribe("bnbusdt@kline_1M", "ethusdt@kline_1d@+08:00")
    assert bench.near_misses() == []


def test_a_stream_counts_once_however_often_it_is_subscribed() -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1m")
    client.subscribe("bnbusdt@kline_1m", "bnbusdt@kline_1m", id=1)
    client.subscribe("bnbusdt@kline_1m", id=2)
    bench.run(T0 + 61_000)
    texts = [text for _, text in client.texts]
    assert client.events
    assert len(set(texts)) == len(texts)
    assert sum(event["k"]["x"] for event in client.events) == 2
    before = len(client.texts)
    client.say({"method": "UNSUBSCRIBE", "params": ["bnbusdt@kline_1m"], "id": 3})
    bench.run(T0 + 200_000)
    assert client.frames[before:] == [{"result": None, "id": 3}]


def test_property_changes_the_shape_of_data_and_never_of_answers() -> None:
    bench = Bench()
    client = bench.open("/ws/bnbusdt@kline_1s")
    bench.run(T0 + 1_500)
    assert [set(frame) for frame in client.frames] == [{"e", "E", "s", "k"}] * 2
    client.say({"method": "SET_PROPERTY", "params": ["combined", True], "id": 1})
    bench.run(T0 + 2_500)
    assert client.frames[2] == {"result": None, "id": 1}
    assert client.frames[3]["stream"] == "bnbusdt@kline_1s"
    assert list(client.frames[3]) == ["stream", "data"]


@pytest.mark.parametrize(("size", "answered"), [(4088, True), (4089, False), (20_000, False)])
def test_requests_over_4096_bytes_with_their_header_are_not_answered(
    size: int, answered: bool
) -> None:
    bench = Bench()
    client = bench.open()
    text = '{"method":"LIST_SUBSCRIPTIONS","id":1}'
    assert bool(client.say(text + " " * (size - len(text)))) is answered
    assert client.closed is None
    assert any("not answered" in miss for miss in bench.near_misses()) is not answered


def test_oversized_requests_can_close_instead() -> None:
    client = Bench(oversized="close").open()
    assert client.say(" " * 5000) == []
    assert client.closed == (T0, 1008, "Invalid request")
