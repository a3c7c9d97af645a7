"""URLs of stream connections: what opens, what is refused, and how."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.core.http import Response
from tests.mock_exchanges.binance.bench import T0, Bench

OPENS = [
    # target, combined, subscriptions
    ("/ws", False, []),
    ("/ws/", False, []),
    ("/ws/bnbusdt@kline_1m", False, ["bnbusdt@kline_1m"]),
    ("/ws/bnbusdt@kline_1m/ethusdt@kline_1d", False, ["bnbusdt@kline_1m", "ethusdt@kline_1d"]),
    ("/ws/bnbusdt%40kline_1m%2Fethusdt@kline_1d", False, ["bnbusdt@kline_1m", "ethusdt@kline_1d"]),
    ("/ws/0", False, ["0"]),
    ("/ws/bnbusdt@kline_1d@+08:00", False, ["bnbusdt@kline_1d@+08:00"]),
    ("/ws/bnbusdt@kline_1d@%2B08:00", False, ["bnbusdt@kline_1d@+08:00"]),
    ("/ws?timeUnit=microsecond", False, []),
    ("/stream", True, []),
    ("/stream?streams=", True, []),
    ("/stream?streams=bnbusdt@kline_1m/ethusdt@kline_1d", True,
     ["bnbusdt@kline_1m", "ethusdt@kline_1d"]),
    ("/stream?streams=bnbusdt%40kline_1d%40%2B08%3A00", True, ["bnbusdt@kline_1d@+08:00"]),
    ("/stream?streams=bnbusdt@kline_1d@+08:00", True, ["bnbusdt@kline_1d@+08:00"]),
    ("/stream?timeUnit=MICROSECOND&streams=bnbusdt@kline_1m", True, ["bnbusdt@kline_1m"]),
    ("/stream?streams=bnbusdt@kline_1m/bnbusdt@kline_1m&x=1", True, ["bnbusdt@kline_1m"]),
    ("/stream.binance.com/ws/0", False, ["0"]),
    ("/a/b/stream?streams=bnbusdt@kline_1m", True, ["bnbusdt@kline_1m"]),
]  # fmt: skip


@pytest.mark.parametrize(("target", "combined", "names"), OPENS)
def test_opens_without_a_word(target: str, combined: bool, names: list[str]) -> None:
    client = Bench().open(target)
    assert client.texts == []
    (listed,) = client.say({"method": "LIST_SUBSCRIPTIONS", "id": 1})
    assert json.loads(listed)["result"] == names
    (state,) = client.say({"method": "GET_PROPERTY", "params": ["combined"], "id": 1})
    assert json.loads(state)["result"] is combined


@pytest.mark.parametrize("target", ["/", "", "/wss", "/WS", "/api/v3/klines", "/stream/a@b"])
def test_wrong_path(target: str) -> None:
    answer = Bench().handshake(target)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body) == (400, b"Invalid request path")
    assert answer.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("unit", ["", "second", "Microsecond"])
def test_wrong_time_unit(unit: str) -> None:
    answer = Bench().handshake(f"/ws?timeUnit={unit}")
    assert isinstance(answer, Response)
    assert answer.status == 400
    assert json.loads(answer.body)["code"] == -1194


@pytest.mark.parametrize(("length", "opens"), [(16_338, True), (16_371, True), (16_372, False),
                                               (16_886, False)])  # fmt: skip
def test_a_url_too_long_is_414(length: int, opens: bool) -> None:
    head = "/stream?streams="
    answer = Bench().handshake(head + "a" * (length - len(head)))
    if opens:
        assert not isinstance(answer, Response)
    else:
        assert isinstance(answer, Response)
        assert answer.status == 414


def test_names_in_the_url_that_do_not_exist_are_silent_and_noted() -> None:
    bench = Bench()
    client = bench.open("/stream?streams=BNBUSDT@kline_1m/bnb usdt")
    bench.run(T0 + 65_000)
    assert client.texts == []
    assert [miss.partition(":")[0] for miss in bench.near_misses()] == ["accepted, but silent"] * 2


@pytest.mark.parametrize(("opened", "limits"), [(299, True), (300, True), (300, False)])
def test_300_handshakes_in_five_minutes(opened: int, limits: bool) -> None:
    bench = Bench(limits=limits)
    for _ in range(opened):
        bench.open()
    refused = opened >= 300 and limits
    answer = bench.handshake("/ws")
    assert (isinstance(answer, Response) and answer.status == 429) is refused
    other = bench.engine.connect(type(bench.clients[0].connection.request)(
        "GET", "/ws", client="10.0.0.2"), T0)  # fmt: skip
    assert not isinstance(other, Response)
    bench.now += 5 * 60_000
    assert not isinstance(bench.handshake("/ws"), Response)


def test_1025_streams_in_the_url_are_too_many() -> None:
    names = "/".join(f"s{n}" for n in range(1025))
    client = Bench().open(f"/stream?streams={names}")
    assert client.frames == [{"error": {"code": 4, "msg": "Too many subscriptions"}}]
    assert client.closed == (T0, 1008, "Invalid request")
