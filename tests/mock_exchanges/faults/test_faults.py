"""Each fault, without a server: what passes and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from mock_exchanges.core.actions import Action, Close, Drop, Ping, Pong, Send
from mock_exchanges.core.engine import Connection, Fault
from mock_exchanges.core.http import Request
from mock_exchanges.faults import (
    DropConnection,
    HttpAnswer,
    MuteData,
    NoFault,
    RefuseConnection,
    Scope,
)

CANDLE = Send('{"e":"kline","k":{"t":1}}', "btcusdt@kline_1m")
OTHER = Send('{"e":"kline","k":{"t":2}}', "ethusdt@kline_1m")
ACK = Send('{"result":null,"id":1}')
END = Drop("eof")


def connection(number: int = 1, target: str = "/ws") -> Connection:
    path, _, query = target.partition("?")
    session: Any = None
    return Connection(number, session, Request("GET", path, query), 0)


def klines(query: str = "") -> Request:
    return Request("GET", "/api/v3/klines", query)


def test_no_fault_passes_everything() -> None:
    fault: Fault = NoFault()
    actions: list[Action] = [CANDLE, Ping()]
    assert fault.on_request(klines(), 0) is None
    assert fault.on_connect(klines(), 0) is None
    assert fault.on_actions(connection(), actions, 0) == [CANDLE, Ping()]


@pytest.mark.parametrize("wrong", [{"times": 0}, {"connection": 0}])
def test_a_scope_that_never_fits_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is 0, expected 1 or more"):
        Scope(**wrong)  # type: ignore[arg-type]


def test_http_answer_hits_the_path_so_often() -> None:
    fault = HttpAnswer(503, "busy", path="klines?symbol=BTC", times=2, cut_after=1)
    answers = [
        fault.on_request(klines("symbol=ETH"), 0),
        fault.on_request(klines("symbol=BTC"), 0),
        fault.on_request(klines("symbol=BTC"), 0),
        fault.on_request(klines("symbol=BTC"), 0),
    ]
    assert [answer and answer.status for answer in answers] == [None, 503, 503, None]
    assert answers[1] is not None
    assert (answers[1].body, answers[1].cut_after) == (b"busy", 1)


def test_refuse_connection_refuses_handshakes_only() -> None:
    fault = RefuseConnection(429, headers={"Retry-After": "5"}, path="/ws", times=1)
    assert fault.on_request(klines(), 0) is None
    assert fault.on_connect(Request("GET", "/stream"), 0) is None
    refusal = fault.on_connect(Request("GET", "/ws"), 0)
    assert refusal is not None
    assert (refusal.status, refusal.headers) == (429, {"Retry-After": "5"})
    assert fault.on_connect(Request("GET", "/ws"), 0) is None


def test_a_refusal_is_no_success() -> None:
    with pytest.raises(ValueError, match="status is 200, expected a refusal"):
        RefuseConnection(200)


@pytest.mark.parametrize("how", [Close(1001), Drop("eof"), Drop("reset")])
def test_drop_connection_ends_it_after_the_nth_candle(how: Close | Drop) -> None:
    fault = DropConnection(3, how)
    one = connection(1)
    assert fault.on_actions(one, [ACK, CANDLE, Ping()], 0) == [ACK, CANDLE, Ping()]
    assert fault.on_actions(one, [CANDLE, CANDLE, CANDLE], 0) == [CANDLE, CANDLE, how]


def test_drop_connection_counts_each_connection() -> None:
    fault = DropConnection(2, END)
    assert fault.on_actions(connection(1), [CANDLE], 0) == [CANDLE]
    assert fault.on_actions(connection(2), [CANDLE], 0) == [CANDLE]
    assert fault.on_actions(connection(1), [CANDLE], 0) == [CANDLE, END]


def test_drop_connection_keeps_to_its_scope() -> None:
    fault = DropConnection(1, END, connection=2)
    assert fault.on_actions(connection(1), [CANDLE], 0) == [CANDLE]
    assert fault.on_actions(connection(2), [CANDLE], 0) == [CANDLE, END]
    once = DropConnection(1, END, times=1)
    assert once.on_actions(connection(1), [CANDLE], 0) == [CANDLE, END]
    assert once.on_actions(connection(2), [CANDLE], 0) == [CANDLE]


def test_faults_of_one_stream_leave_the_others() -> None:
    actions: list[Action] = [OTHER, CANDLE]
    assert MuteData(topic="btcusdt").on_actions(connection(), list(actions), 0) == [OTHER]
    drop = DropConnection(1, END, topic="btcusdt")
    assert drop.on_actions(connection(), list(actions), 0) == [OTHER, CANDLE, END]
    assert drop.on_actions(connection(2), [OTHER], 0) == [OTHER]


def test_drop_connection_wants_a_candle() -> None:
    with pytest.raises(ValueError, match="after is 0"):
        DropConnection(0, END)


def test_mute_data_withholds_candles_and_nothing_else() -> None:
    fault = MuteData(path="streams=btc")
    one = connection(1, "/stream?streams=btcusdt@kline_1m")
    two = connection(2, "/ws")
    actions: list[Action] = [ACK, CANDLE, Ping(), Pong()]
    assert fault.on_actions(one, list(actions), 0) == [ACK, Ping(), Pong()]
    assert fault.on_actions(two, list(actions), 0) == actions
