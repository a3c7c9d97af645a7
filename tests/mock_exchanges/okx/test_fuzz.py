"""Whatever is sent: an answer in JSON or none, and nobody else is disturbed."""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.actions import Event
from mock_exchanges.core.http import Response
from mock_exchanges.okx.profile import BUSINESS, PRIVATE, PUBLIC
from tests.mock_exchanges.fuzz import events_of, fuzz, queries_of, texts_of, values_of
from tests.mock_exchanges.okx.bench import T0, Bench
from tests.mock_exchanges.okx.test_login import login

names = st.one_of(
    st.sampled_from(["candle1m", "candle1h", "candle1Dutc", "BTC-USDT", "BTC/USDT", "orders",
                     "tickers", "trades-all", "channel", "instId", ""]),
    st.text(max_size=20),
)  # fmt: skip
values = values_of(names)
args = st.fixed_dictionaries(
    {}, optional={"channel": names | values, "instId": names | values, "extra": values}
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["subscribe", "unsubscribe", "login", "order"]) | values,
        "args": st.lists(args, max_size=5) | values,
        "id": st.integers(-(2**70), 2**70) | st.text(max_size=40) | values,
        "other": values,
    },
)
logins = st.builds(
    login, st.integers(T0 // 1000 - 60, T0 // 1000 + 60) | values, apiKey=names | values
)
texts = texts_of(
    requests,
    values,
    st.just("ping"),
    logins.map(json.dumps),
    st.integers(1, 5000).map(lambda n: "[" * n),
    st.integers(1, 5000).map(lambda n: '{"op":' + "1" * n + "}"),
)
events = events_of(texts)


@fuzz
@given(events, st.sampled_from([BUSINESS, PUBLIC, PRIVATE]))
def test_frames(sent: list[Event], path: str) -> None:
    bench = Bench(limits=False)
    bystander, client = bench.open(), bench.open(path)
    bystander.subscribe("candle1s:ETH-USDT")
    before = len(bystander.pushes)
    for event in sent:
        client.receive(event)
    bench.run(T0 + 3_900)
    for _, text in client.texts:
        text.encode()
        if text != "pong":
            frame = json.loads(text, parse_constant=lambda name: 1 / 0)
            assert ("connId" in frame) is ("event" in frame)
            assert "event" in frame or list(frame) == ["arg", "data"]
    assert client.closed is None
    done = [int(row[0]) - T0 for _, _, row in bystander.pushes[before:] if row[8] == "1"]
    assert done == [-1000, 0, 1000, 2000]
    assert bystander.closed is None


@fuzz
@given(st.text(max_size=60) | st.text(max_size=20).map(lambda text: f"{BUSINESS}?{quote(text)}"))
def test_handshakes(target: str) -> None:
    bench = Bench()
    answer = bench.handshake(target)
    if isinstance(answer, Response):
        assert answer.status == 404
        assert json.loads(answer.body)["code"] == "404"
    else:
        assert target.startswith(BUSINESS)
        assert answer[1] == []


parameters = ["instId", "bar", "after", "before", "limit", "instType", "uly", "x"]
arguments = st.one_of(
    st.sampled_from(["BTC-USDT", "btc-usdt", "1m", "1M", "3Mutc", "1s", "8H", "SPOT", "OPTION"]),
    st.integers(-10, 10**21).map(str),
    st.integers(T0 - 10**12, T0 + 10**12).map(str),
    st.text(max_size=20),
)
queries = queries_of(parameters, arguments)
bars = st.sampled_from(["1s", "1m", "1H", "1D", "1Wutc", "1M", "3M"])
candles = st.builds(lambda bar, more: f"instId=BTC-USDT&bar={bar}&{more}", bars, queries)
paths = st.sampled_from(
    ["market/candles", "market/history-candles", "public/instruments", "public/time"]
)


@settings(fuzz, max_examples=400)
@given(paths, queries | candles | st.text(max_size=60))
def test_queries(path: str, query: str) -> None:
    answer = Bench().get(f"/api/v5/{path}", query)
    body = json.loads(answer.body)
    assert list(body) in (["code", "msg", "data"], ["code", "data", "msg"])
    assert answer.status == (400 if body["code"] not in ("0", "51001") else 200)
    if path.startswith("market") and body["code"] == "0":
        opened = [int(row[0]) for row in body["data"]]
        assert opened == sorted(set(opened), reverse=True)
        assert len(opened) <= 300
        assert all(at <= T0 for at in opened)
