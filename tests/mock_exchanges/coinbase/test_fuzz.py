"""Whatever is sent: an answer in JSON or none, and nobody else is disturbed."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.coinbase import tokens
from mock_exchanges.core.actions import Event
from mock_exchanges.core.http import Response
from tests.mock_exchanges.coinbase.bench import MARKET, ROOT, T0, Bench
from tests.mock_exchanges.fuzz import events_of, fuzz, queries_of, texts_of, values_of

TOKEN = tokens.issue(tokens.ED25519_KEY, T0)
names = st.one_of(
    st.sampled_from(["BTC-USD", "BTC-USDC", "btc-usd", "heartbeats", "a b", "-", "é", "\ud800"]),
    st.text(max_size=20),
)
values = values_of(names)
requests = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["subscribe", "unsubscribe"]) | values,
        "channel": st.sampled_from(["candles", "heartbeats", "user", "level2", "x"]) | values,
        "product_ids": st.lists(names, max_size=5) | values,
        "jwt": st.sampled_from([TOKEN, TOKEN[:-9], "a.b.c", ""]) | values,
        "other": values,
    },
)
events = events_of(texts_of(requests, values, st.just("[" * 100_000)))
EXPECTED: list[str] = []


@fuzz
@given(events)
def test_frames(sent: list[Event]) -> None:
    bench = Bench(limits=False)
    bystander, client = bench.open(), bench.open()
    bystander.subscribe("ETH-USD")
    for event in sent:
        client.receive(event)
    bench.run(T0 + 10_500)
    numbers = []
    for frame in client.frames:
        if "type" in frame:
            assert list(frame) == ["type", "message"]
        else:
            assert list(frame) == [
                "channel", "client_id", "timestamp", "sequence_num", "events"
            ]  # fmt: skip
            numbers.append(frame["sequence_num"])
    assert numbers == list(range(len(numbers)))
    for _, text in client.texts:
        json.loads(text)
    assert bystander.closed is None
    volumes = [row["volume"] for row in bystander.candles()]
    EXPECTED[:] = EXPECTED or volumes
    assert volumes == EXPECTED != []


@fuzz
@given(st.text(max_size=60))
def test_handshakes(target: str) -> None:
    bench = Bench()
    answer = bench.handshake("/" + target)
    assert not isinstance(answer, Response)


parameters = ["start", "end", "granularity", "limit", "product_type", "product_ids", "offset", "x"]
arguments = st.one_of(
    st.sampled_from(["ONE_MINUTE", "FIVE_MINUTE", "ONE_WEEK", "one_day", "SPOT", "FUTURE", "-1"]),
    st.integers(-(10**25), 10**25).map(str),
    st.integers(T0 // 1000 - 10**6, T0 // 1000 + 10**6).map(str),
    st.text(max_size=20),
)
queries = queries_of(parameters, arguments, most=6)
now = T0 // 1000
ranges = st.builds(
    lambda start, length, rest: f"start={start}&end={start + length}&granularity=ONE_HOUR&{rest}",
    st.integers(now - 10**7, now + 10**5), st.integers(-100, 1_400_000), queries,
)  # fmt: skip
paths = st.sampled_from(
    ["market/products", "market/products/BTC-USD", "market/products/BTC-USD/candles",
     "market/products/NOPE/candles", "time"]
)  # fmt: skip


@settings(fuzz, max_examples=400)
@given(paths, queries | ranges | st.text(max_size=60))
def test_queries(path: str, query: str) -> None:
    answer = Bench().get(f"{ROOT}/{path}", query)
    body = json.loads(answer.body)
    assert answer.status in (200, 400, 404)
    if answer.status != 200:
        assert list(body) == ["error", "error_details", "message"]
    elif path.endswith("candles"):
        opened = [int(row["start"]) for row in body["candles"]]
        assert opened == sorted(set(opened), reverse=True)
        assert len(opened) <= 350
        assert all(at <= now for at in opened)


@fuzz
@given(st.text(max_size=60) | st.sampled_from(sorted(MARKET.pairs)))
def test_paths_and_headers(text: str) -> None:
    bench = Bench(limits=False)
    for path in (f"/{text}", f"{ROOT}/{text}", f"{ROOT}/market/products/{text}/candles"):
        assert bench.get(path).status in (200, 400, 401, 404)
    assert bench.get(f"{ROOT}/products", authorization=f"Bearer {text}").status == 401
