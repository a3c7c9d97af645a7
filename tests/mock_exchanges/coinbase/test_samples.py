"""What the suite is told about this exchange is what the exchange does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from mock_exchanges.coinbase import create
from mock_exchanges.coinbase.profile import profile
from mock_exchanges.coinbase.samples import PAIRS, CoinbaseSamples
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from tests.mock_exchanges.coinbase.bench import BUCKET, OPENED, T0, Bench

MARKET = Market(3, pairs_named(PAIRS))
SAMPLES = create(MARKET, Journal()).samples


def test_the_streamed_interval_is_the_usual_one() -> None:
    (five,) = SAMPLES.meanings("5m")
    assert (five.name, five.streamed, five.rest) == (SAMPLES.usual, True, True)
    assert [i.name for i in SAMPLES.intervals() if i.streamed] == ["FIVE_MINUTE"]


@pytest.mark.parametrize("name", ["3m", "8h", "12h", "1M", "1s", "60", ""])
def test_what_coinbase_does_not_have(name: str) -> None:
    assert list(SAMPLES.meanings(name)) == []


def test_the_right_request_brings_each_kind_of_frame() -> None:
    bench = Bench(MARKET, limits=False)
    for pair in PAIRS:
        client = bench.open()
        answers = client.say(SAMPLES.subscription(pair, SAMPLES.usual))
        assert SAMPLES.about(json.dumps(answers[0])) == (pair, SAMPLES.usual)
        (batch,) = SAMPLES.batch_frames(pair, SAMPLES.usual, T0)
        assert client.texts[0][1] == batch.text
    assert bench.engine.hub.topics() == sorted(SAMPLES.topic(pair, "") for pair in PAIRS)


def test_candle_frames_are_among_those_really_sent() -> None:
    bench = Bench(MARKET, now=OPENED - BUCKET - 1_000)
    client = bench.open()
    for text in SAMPLES.opening():
        client.say(text)
    client.say(SAMPLES.subscription("POWR-USDT", SAMPLES.usual))
    bench.run(T0 + 100)
    sent = {text.partition('"timestamp":')[2].replace(f'_num":{n},', '_num":4,')
            for n, (_, text) in enumerate(client.texts)}  # fmt: skip
    frames = SAMPLES.candle_frames("POWR-USDT", SAMPLES.usual, T0)
    names = [frame.name for frame in frames]
    assert names[-2:] == ["last of its bucket", "first of its bucket"]
    assert len(frames) >= 2
    for frame in frames:
        assert frame.text.partition('"timestamp":')[2] in sent, frame.name


def test_lean_frames_say_the_same_without_client_id() -> None:
    usual = SAMPLES.candle_frames("BTC-USD", SAMPLES.usual, T0)
    lean = SAMPLES.lean_frames("BTC-USD", SAMPLES.usual, T0)
    assert len(usual) == len(lean) == 3
    for one, other in zip(usual, lean, strict=True):
        assert one.candles == other.candles
        left = json.loads(one.text)
        del left["client_id"]
        assert json.loads(other.text) == left


def test_other_frames_are_about_no_candle_and_errors_are_refusals() -> None:
    frames = SAMPLES.other_frames("BTC-USD", SAMPLES.usual, T0)
    assert len({frame.name for frame in frames}) == len(frames)
    for frame in frames:
        assert SAMPLES.about(frame.text) is None
        assert (SAMPLES.refuses(frame.text) is not None) is frame.error
    assert SAMPLES.refuses(frames[4].text) == "authentication failure"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        "null",
        '{"channel":"candles"}',
        '{"channel":"candles","events":[{"candles":[1]}]}',
        '{"channel":"candles","events":[{"candles":[]}]}',
        '{"channel":"candles","events":[{"candles":[{"product_id":[]}]}]}',
    ],
)
def test_nonsense_is_about_nothing(text: str) -> None:
    assert SAMPLES.about(text) is None
    assert SAMPLES.refuses(text) is None


def test_a_quiet_pair_is_silent_for_longer_than_a_connection_may_be() -> None:
    for seed in (1, 2, 3):
        bench = Bench(Market(seed, pairs_named(PAIRS)))
        client = bench.open()
        client.subscribe(SAMPLES.quiet_pair)
        bench.run(T0 + round(SAMPLES.alive_for_s * 1000))
        assert client.closed is not None


def test_in_the_guides_shape_a_candle_is_known_by_its_open() -> None:
    samples = CoinbaseSamples(MARKET, profile("guide"))
    for pair in PAIRS:
        for frame in samples.candle_frames(pair, samples.usual, T0):
            assert samples.about(frame.text) == (pair, samples.usual)
    assert list(samples.batch_frames("BTC-USD", samples.usual, T0)) == []
    assert samples.about(samples.other_frames("BTC-USD", samples.usual, T0)[0].text) is None


def test_the_sandbox_is_no_market() -> None:
    assert set(SAMPLES.ws_hosts) == {"advanced-trade-ws.coinbase.com"}
    assert not set(SAMPLES.test_hosts) & {*SAMPLES.ws_hosts, *SAMPLES.rest_hosts}


def test_frames_follow_changed_facts() -> None:
    changed = CoinbaseSamples(MARKET, replace(profile(), snapshot_candles=3))
    (batch,) = changed.batch_frames("BTC-USD", changed.usual, T0)
    assert len(batch.candles) == 3


def test_an_adapter_written_by_the_guide_passes_on_the_guides_profile() -> None:
    trust = Trust()
    path = "tests.mock_exchanges.coinbase.guide_adapter:GuideAdapter"
    try:
        suite = Suite(Setting(load(path), "mock_exchanges.coinbase:create@guide"), trust)
        results = [suite.run(check, interval) for check, interval in suite.plan()]
        real = Suite(Setting(load(path), "mock_exchanges.coinbase:create"), trust)
        (parse,) = [
            item for item in real.plan() if (item[0].card.id, item[1]) == ("PARSE-01", "5m")
        ]
        lost = real.run(*parse)
    finally:
        trust.close()
    verdicts = {result.id: result.headline for result in results
                if result.verdict.value in ("fail", "harness-error")}  # fmt: skip
    assert verdicts == {}
    assert lost.verdict.value == "fail"
