"""What the samples say is what the exchange sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.demo import create, stream
from mock_exchanges.demo.profile import INTERVALS, PROFILES
from mock_exchanges.demo.samples import PAIRS, QUIET_PAIR
from tests.mock_exchanges.demo.bench import BTC, MARKET, MINUTE, SECOND, T0, Bench

NOW = T0 + 90 * MINUTE + 30 * SECOND + 123


@pytest.mark.parametrize("pair", ["BTC-USDT", "POWR-USDT"])
@pytest.mark.parametrize("interval", ["1m", "1h"])
def test_candle_frames_are_frames_that_were_sent(pair: str, interval: str) -> None:
    bench = Bench(now=NOW - 125 * MINUTE)
    client = bench.open()
    client.subscribe(f"candle.{interval}.{pair}")
    bench.run(NOW)
    sent = [frame for _, frame in client.candles]
    frames = bench.exchange.samples.candle_frames(pair, interval, NOW)
    names = [frame.name for frame in frames]
    assert names[:3] == ["update", "first", "last"]
    assert ("last without trades" in names) == (pair == "POWR-USDT" and interval == "1m")
    for frame in frames:
        said = json.loads(frame.text)
        assert said in sent, frame.name
        (candle,) = frame.candles
        assert (said["data"]["t"], said["data"]["n"]) == (candle.open_ms, candle.trades)
        assert bench.exchange.samples.about(frame.text) == (pair, interval)


@pytest.mark.parametrize("offset", [0, 19, 20, 999, 1000, 1001, 59_999])
def test_frames_of_any_moment_are_of_the_past(offset: int) -> None:
    samples = Bench().exchange.samples
    for frame in samples.candle_frames("BTC-USDT", "1m", T0 + offset):
        assert json.loads(frame.text)["ts"] <= T0 + offset


def test_the_batch_is_the_snapshot_after_subscribing() -> None:
    bench = Bench(now=NOW)
    _, snapshot = bench.open().subscribe(BTC)
    (frame,) = bench.exchange.samples.batch_frames("BTC-USDT", "1m", NOW)
    assert json.loads(frame.text) == snapshot
    assert [row["t"] for row in snapshot["data"]] == [candle.open_ms for candle in frame.candles]
    assert bench.exchange.samples.about(frame.text) == ("BTC-USDT", "1m")


def test_lean_frames_lack_the_optional_columns_alone() -> None:
    samples = Bench().exchange.samples
    whole = samples.candle_frames("BTC-USDT", "1m", NOW)
    lean = samples.lean_frames("BTC-USDT", "1m", NOW)
    assert len(lean) == len(whole)
    for less, more in zip(lean, whole, strict=True):
        said, full = json.loads(less.text), json.loads(more.text)
        assert {**full, "data": None} == {**said, "data": None}
        assert full["data"].keys() - said["data"].keys() == set("qnVQ")


@pytest.mark.parametrize("which", [None, "login", "token"])
def test_other_frames_carry_no_candle_and_errors_are_marked(which: str | None) -> None:
    samples = Bench(which).exchange.samples
    frames = samples.other_frames("BTC-USDT", "1m", NOW)
    assert ("the answer to a login" in {frame.name for frame in frames}) == (which == "login")
    for frame in frames:
        assert samples.about(frame.text) is None
        assert (samples.refuses(frame.text) is not None) == frame.error
        assert json.loads(frame.text)


def test_the_ping_wants_the_reply_that_keeps_a_connection() -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    bench.run(T0 + 15 * SECOND)
    frames = bench.exchange.samples.other_frames("BTC-USDT", "1m", bench.now)
    (ping,) = [frame for frame in frames if frame.reply is not None]
    assert ping.text == stream.ping(client.pings[0][1])
    assert ping.reply is not None
    client.say(ping.reply)
    bench.run(T0 + 29 * SECOND)
    assert client.closed is None


@pytest.mark.parametrize("which", PROFILES)
def test_what_it_says_to_connect_with_brings_candles(which: str) -> None:
    bench = Bench(which)
    samples = bench.exchange.samples
    path, query = samples.handshake(bench.now)
    client = bench.open(f"{path}?{query}")
    for text in samples.login(bench.now):
        client.say(text)
    client.say(samples.subscription("ETH-BTC", "5m"))
    assert bench.engine.hub.topics() == [samples.topic("ETH-BTC", "5m")]
    bench.run(T0 + MINUTE)
    assert client.candles
    desk = samples.token_desk
    assert (desk is not None) == (which == "token")
    if desk is not None:
        answer = json.loads(bench.get(desk.path, method="POST").body)
        assert answer["expires_in"] == desk.life_s


def test_intervals_and_what_names_mean() -> None:
    samples = Bench().exchange.samples
    assert [(each.name, each.streamed, each.rest) for each in samples.intervals()] == [
        (name, name in ("1m", "5m", "15m", "1h"), True) for name in INTERVALS
    ]
    assert [each.grid for each in samples.meanings("1w")] == [INTERVALS["1w"]]
    assert samples.meanings("1M") == []
    assert samples.usual == "1m"


def test_pairs_are_of_several_shapes_and_one_is_quiet() -> None:
    market = Market(1, pairs_named(PAIRS))
    made = create(market, Bench().journal).samples
    assert list(made.pairs) == list(market.pairs)
    assert market.pairs[QUIET_PAIR].quiet > 0.5
    assert min(float(pair.price) for pair in market.pairs.values()) < 1e-4
    assert {"BTC-USDT", "BTC-USDC", "BTC-USD"} <= set(PAIRS)
    assert len(PAIRS) == 8
    assert made.symbol_forms("BTC-USDT") == ("BTC-USDT",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        "7",
        '{"type":"candle"}',
        '{"type":"candle","channel":7}',
        '{"type":["candle"]}',
        '{"type":"error"}',
        '{"type":"candle","channel":"candle.4h.X"}',
    ],
)
def test_it_makes_nothing_of_other_texts(text: str) -> None:  # fmt: skip
    samples = Bench().exchange.samples
    assert samples.about(text) is None
    assert samples.refuses(text) is None


def test_failures_are_the_exchanges_own_or_of_what_stands_before_it() -> None:
    failures = Bench().exchange.samples.rest_failures()
    assert {answer.status for answer in failures.values()} >= {200, 400, 429, 500, 502, 503}
    assert failures["HTTP 429 with Retry-After"].headers["Retry-After"] == "5"
    said: Any = json.loads(failures["HTTP 200 with an error code and no data"].body)
    assert said == Bench(market=MARKET).candles("symbol=BTCUSDT&interval=1m")


def test_rules_lead_to_parts_of_the_page() -> None:
    from tests.mock_exchanges.demo.test_profile import PAGE

    samples = Bench().exchange.samples
    headings = {line.strip("# ").lower().replace(" ", "-") for line in PAGE.splitlines()
                if line.startswith("#")}  # fmt: skip
    for family in ("URL", "PAIR", "PAY", "INTV", "PARSE", "REST", "HB", "RECON", "GAP", "FALL",
                   "TOKEN"):  # fmt: skip
        rule = samples.rule(f"{family}-01")
        assert rule is not None, family
        assert rule.partition("#")[2] in headings
    assert samples.rule("LOAD-A1") is None
