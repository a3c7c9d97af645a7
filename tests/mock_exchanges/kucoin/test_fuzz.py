"""Whatever is sent: an answer in JSON or none, and nobody else is disturbed."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.actions import Event
from mock_exchanges.core.http import Request, Response
from mock_exchanges.kucoin.requests import COMMANDS
from tests.mock_exchanges.fuzz import events_of, fuzz, queries_of, texts_of, values_of
from tests.mock_exchanges.kucoin.bench import BTC, T0, Bench

words = st.one_of(
    st.sampled_from([BTC, "/market/candles:", "/market/candles:a_b,c_d", "/market/ticker:X", "é",
                     "/spotMarket/tradeOrders", "bt1", "/a", ":",
                     "/market/candles:ETH-BTC_1month"]),
    st.text(max_size=20),
)  # fmt: skip
values = values_of(words)
requests = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(COMMANDS) | values,
        "topic": words | values,
        "id": st.integers(-(2**70), 2**70) | st.text(max_size=40) | values,
        "response": st.booleans() | values,
        "newTunnelId": words,
        "tunnelId": st.just("bt1") | values,
    },
)
events = events_of(texts_of(requests, values))
KEYS = (
    {"id", "type"}, {"type"}, {"id", "type", "timestamp"}, {"type", "timestamp"},
    {"id", "type", "code", "data"}, {"topic", "type", "subject", "data"},
    {"topic", "type", "subject", "data", "id", "tunnelId"},
)  # fmt: skip


@fuzz
@given(events)
def test_frames(sent: list[Event]) -> None:
    bench = Bench(limits=False)
    bystander, client = bench.open(), bench.open()
    bystander.subscribe("/market/candles:ETH-BTC_1min")
    for event in sent:
        client.receive(event)
    bench.run(T0 + 3_500)
    for _, text in client.texts:
        text.encode()
        assert set(json.loads(text)) in KEYS
    assert client.ended is None
    assert len(bystander.pushes) >= 2
    assert bystander.ended is None


targets = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda head, tail: head + tail,
        st.sampled_from(["/?token=", "/endpoint?token=", "/?connectId=", "/?", "/"]),
        st.text(max_size=40) | st.text(max_size=20).map(quote) | st.binary().map(quote),
    ),
)


@fuzz
@given(targets)
def test_handshakes(target: str) -> None:
    bench = Bench()
    answer = bench.handshake(target)
    if isinstance(answer, Response):
        assert answer.status == 404
        return
    client = bench.open(target)
    assert client.frames[0]["data"] == "token is invalid"
    assert client.ended == (T0, "eof")


@fuzz
@given(st.text(max_size=60).map(quote) | st.text(max_size=20))
def test_connect_ids(id: str) -> None:
    bench = Bench()
    client = bench.open(f"/?token={bench.token()}&connectId={id}")
    assert client.frames[0]["type"] == "welcome"
    assert client.ended is None


parameters = ["symbol", "type", "startAt", "endAt", "x"]
arguments = st.one_of(
    st.sampled_from(["BTC-USDT", "btc-usdt", "1min", "1month", "1week", "-3", "0", ""]),
    st.integers(-10, 10**21).map(str),
    st.integers(T0 // 1000 - 10**9, T0 // 1000 + 10**9).map(str),
    st.text(max_size=20),
)
queries = queries_of(parameters, arguments)
candles = st.builds(
    lambda kind, query: f"symbol=BTC-USDT&type={kind}&{query}",
    st.sampled_from(["1min", "1hour", "1week", "1month"]),
    queries,
)
paths = st.sampled_from(["v1/market/candles", "v2/symbols", "v1/symbols", "v1/timestamp"])


@settings(fuzz, max_examples=400)
@given(paths, queries | candles | st.text(max_size=60))
def test_queries(path: str, query: str) -> None:
    answer = Bench().get(f"/api/{path}", query)
    body = json.loads(answer.body)
    assert answer.status in (200, 400)
    if body["code"] != "200000":
        assert body["code"] == "400100"
        assert list(body) == ["msg", "code"]
        return
    if path == "v1/market/candles":
        opened = [int(row[0]) for row in body["data"]]
        assert opened == sorted(set(opened), reverse=True)
        assert len(opened) <= 1500
        assert all(at * 1000 <= T0 for at in opened)


@fuzz
@given(st.text(max_size=30), st.text(max_size=30), st.binary(max_size=30))
def test_hosts_paths_and_bodies(host: str, path: str, body: bytes) -> None:
    bench = Bench()
    asked = Request("POST", "/api/v1/bullet-public", "", {"host": host}, body)
    answer = bench.engine.request(asked, T0)
    assert isinstance(answer, Response)
    assert json.loads(answer.body)["code"] == "200000"
    assert bench.get("/" + path).status == 404
