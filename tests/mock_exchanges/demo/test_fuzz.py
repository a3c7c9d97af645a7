"""Whatever is sent: an answer in JSON or none, and nobody else is disturbed."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.actions import Event
from mock_exchanges.core.http import Response
from mock_exchanges.demo import tokens
from mock_exchanges.demo.requests import OPERATIONS
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.fuzz import events_of, fuzz, queries_of, texts_of, values_of

names = st.one_of(
    st.sampled_from([BTC, "candle.4h.BTC-USDT", "candle.1m.x", "candle", "trade.x", "demo-key"]),
    st.text(max_size=20),
)
keys = st.sampled_from(["channel", "instId", "interval", "key", "ts", "sign"]) | st.text(max_size=4)
values = values_of(names, keys)
operations = st.sampled_from(OPERATIONS) | values
channels = st.fixed_dictionaries(
    {"channel": st.sampled_from(["candle", "candlestick"]) | values,
     "instId": st.sampled_from(["BTC-USDT", "x"]) | values,
     "interval": st.sampled_from(["1m", "4h", "7m"]) | values},
)  # fmt: skip
items = st.lists(names | channels | values, max_size=5) | values
requests = st.fixed_dictionaries(
    {},
    optional={
        "op": operations, "method": operations, "args": items, "params": items,
        "id": st.integers(-(2**70), 2**70) | values, "ts": values, "other": values,
    },
)  # fmt: skip
events = events_of(texts_of(requests, values))
KINDS = {"subscribed", "unsubscribed", "error", "snapshot", "candle", "login"}


@pytest.mark.parametrize("which", [None, "login"])
@fuzz
@given(sent=events)
def test_frames(which: str | None, sent: list[Event]) -> None:
    bench = Bench(which, limits=False)
    bystander, client = bench.open(), bench.open()
    bystander.say({"op": "login", "args": [{"key": "demo-key"}]})
    bystander.subscribe("candle.1m.ETH-BTC")
    for event in sent:
        client.receive(event)
    bench.run(T0 + 9 * SECOND)
    for _, frame in client.got_at:
        if frame.get("op") != "pong":
            assert frame["type"] in KINDS
            json.dumps(frame).encode()
        if frame.get("type") == "error":
            assert 40000 <= frame["code"] < 43000
    assert client.closed is None
    assert bystander.closed is None
    assert bystander.candles[0][0] == T0 + 20
    assert len(bystander.candles) > 3


targets = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda head, tail: head + tail,
        st.sampled_from(["/ws?token=", f"/ws?token={tokens.issue(7, T0)}", "/ws?", "/ws/", "/"]),
        st.text(max_size=40)
        | st.text(max_size=20).map(quote)
        | st.integers().map(lambda n: f"{n:x}.x"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("which", [None, "login", "token"])
@fuzz
@given(target=targets)
def test_handshakes(which: str | None, target: str) -> None:
    bench = Bench(which)
    answer = bench.handshake(target)
    if isinstance(answer, Response):
        assert answer.status in (401, 404)
        assert json.loads(answer.body)["code"] in (40103, 40401)
        return
    client = bench.open(target)
    bench.run(T0 + MINUTE)
    assert (client.closed is None) == (which != "login")


parameters = ["symbol", "interval", "start", "end", "limit", "x"]
arguments = st.one_of(
    st.sampled_from(["BTC-USDT", "btc-usdt", "1m", "1w", "4h", ""]),
    st.integers(-10, 10**18).map(str),
    st.integers(T0 // 1000 - 10**9, T0 // 1000 + 10**9).map(str),
    st.text(max_size=20),
)
queries = queries_of(parameters, arguments)
candles = queries.map(lambda query: f"symbol=BTC-USDT&interval=1h&{query}")
paths = st.sampled_from(["candles", "pairs", "time", "token", "candle"])


@settings(fuzz, max_examples=400)
@given(paths, queries | candles | st.text(max_size=60), st.sampled_from(["GET", "POST", "PUT"]))
def test_queries(path: str, query: str, method: str) -> None:
    answer = Bench().get(f"/api/v1/{path}", query, method)
    body = json.loads(answer.body)
    assert answer.status in (200, 400, 404, 405)
    assert isinstance(body["message"], str)
    if body["code"]:
        assert body["data"] == []
        assert (answer.status == 200) == (body["code"] in (40004, 40005))
    elif path == "candles":
        opened = [row["t"] for row in body["data"]]
        assert opened == sorted(set(opened))
        assert len(body["data"]) <= 500
        assert all(at <= T0 for at in opened)
