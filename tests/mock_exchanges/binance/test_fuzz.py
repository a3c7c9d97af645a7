"""Whatever is sent: an answer in JSON or none, and nobody else is disturbed."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.binance.requests import METHODS
from mock_exchanges.core.actions import Event
from mock_exchanges.core.http import Response
from tests.mock_exchanges.binance.bench import T0, Bench
from tests.mock_exchanges.fuzz import events_of, fuzz, queries_of, texts_of, values_of

names = st.one_of(
    st.sampled_from(["bnbusdt@kline_1m", "BNBUSDT@kline_1m", "0", "combined", "a b", "@", "é"]),
    st.text(max_size=20),
)
values = values_of(names)
requests = st.fixed_dictionaries(
    {},
    optional={
        "method": st.sampled_from(METHODS) | values,
        "params": st.lists(names | st.booleans(), max_size=5) | values,
        "id": st.integers(-(2**70), 2**70) | st.text(max_size=40) | values,
        "other": values,
    },
)
events = events_of(texts_of(requests, values))


@fuzz
@given(events, st.sampled_from(["/ws", "/stream", "/ws/bnbusdt@kline_1s"]))
def test_frames(sent: list[Event], path: str) -> None:
    bench = Bench(limits=False)
    bystander, client = bench.open("/ws/ethusdt@kline_1s"), bench.open(path)
    for event in sent:
        client.receive(event)
    bench.run(T0 + 3_500)
    for frame in client.frames:
        assert set(frame) in ({"result", "id"}, {"error"}, {"error", "id"},
                              {"stream", "data"}, {"e", "E", "s", "k"})  # fmt: skip
    for _, text in client.texts:
        text.encode()
    if client.closed:
        assert client.closed[1:] == (1008, "Invalid request")
    assert [event["k"]["t"] - T0 for event in bystander.events] == [-1000, 0, 1000, 2000]
    assert bystander.closed is None


targets = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda head, tail: head + tail,
        st.sampled_from(["/ws/", "/stream?streams=", "/stream?timeUnit=", "/x/ws/", "/ws?"]),
        st.text(max_size=40) | st.text(max_size=20).map(quote),
    ),
)


@fuzz
@given(targets)
def test_handshakes(target: str) -> None:
    bench = Bench()
    answer = bench.handshake(target)
    if isinstance(answer, Response):
        assert answer.status in (400, 414)
        return
    client = bench.open(target)
    bench.run(T0 + 61_000)
    assert client.closed is None
    (listed,) = client.say({"method": "LIST_SUBSCRIPTIONS", "id": 1})
    assert isinstance(json.loads(listed)["result"], list)


parameters = ["symbol", "interval", "startTime", "endTime", "limit", "timeZone", "symbols", "x"]
arguments = st.one_of(
    st.sampled_from(["BNBUSDT", "bnbusdt", "1m", "1M", "1s", "8", "-3:30", "[]", '["BNBUSDT"]']),
    st.integers(-10, 10**21).map(str),
    st.integers(T0 - 10**12, T0 + 10**12).map(str),
    st.text(max_size=20),
)
queries = queries_of(parameters, arguments)
klines = queries.map(lambda query: f"symbol=BNBUSDT&interval=1h&{query}")
paths = st.sampled_from(["klines", "uiKlines", "exchangeInfo", "ticker/price", "time", "ping"])


@settings(fuzz, max_examples=400)
@given(paths, queries | klines | st.text(max_size=60))
def test_queries(path: str, query: str) -> None:
    answer = Bench().get(f"/api/v3/{path}", query)
    body = json.loads(answer.body)
    assert answer.status in (200, 400)
    if answer.status == 400:
        assert list(body) == ["code", "msg"]
        assert -1199 < body["code"] <= -1000
    if answer.status == 200 and path in ("klines", "uiKlines"):
        opened = [row[0] for row in body]
        assert opened == sorted(set(opened))
        assert len(body) <= 1000
        assert all(at <= T0 for at in opened)
