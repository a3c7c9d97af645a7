"""What an observer is told: frames that the exchange really sends, requests it takes."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.profile import PROFILES, profile
from mock_exchanges.kucoin.samples import MEANINGS, PAIRS, KuCoinSamples
from tests.mock_exchanges.kucoin.bench import MINUTE, T0, Bench

MARKET = Market(3, pairs_named(PAIRS))
SAMPLES = KuCoinSamples(MARKET, profile())
NOW = T0 + 31_337


def sent(topic: str, start: int, until: int) -> set[str]:
    """Return all that a listener gets of a topic."""
    bench = Bench(MARKET, now=start, limits=False)
    client = bench.pinging()
    client.subscribe(topic)
    bench.run(until)
    return {text for _, text in client.texts}


@pytest.mark.parametrize("pair", [PAIRS[0], SAMPLES.quiet_pair])
def test_candle_frames_are_ones_that_are_sent_but_for_the_phase(pair: str) -> None:
    frames = SAMPLES.candle_frames(pair, "1min", NOW)
    names = [frame.name for frame in frames]
    assert {"first", "last"} <= set(names)
    assert ("filler" in names) == (pair == SAMPLES.quiet_pair)

    def timeless(text: str) -> tuple[str, str]:
        message = json.loads(text)
        return message["subject"], json.dumps(message["data"]["candles"])

    start = min(frame.candles[0].open_ms for frame in frames)
    everything = {
        timeless(text)
        for text in sent(SAMPLES.topic(pair, "1min"), start, NOW + 5_000)
        if '"message"' in text
    }
    assert {timeless(frame.text) for frame in frames} <= everything


@pytest.mark.parametrize("interval", list(MEANINGS.values()))
def test_frames_say_the_ledgers_candles(interval: str) -> None:
    for pair in PAIRS:
        frames = SAMPLES.candle_frames(pair, interval, NOW)
        assert frames
        for frame in frames:
            (candle,) = frame.candles
            row = json.loads(frame.text)["data"]["candles"]
            assert row == json.loads(wire.row(candle))
            assert SAMPLES.about(frame.text) == (pair, interval)
            assert SAMPLES.refuses(frame.text) is None


@pytest.mark.parametrize("day", list(PROFILES))
def test_the_handshake_and_the_subscription_are_taken(day: str) -> None:
    bench = Bench(MARKET, date=day)
    samples = bench.exchange.samples
    client = bench.open("?".join(samples.handshake(T0)))
    client.say(samples.subscription(PAIRS[1], samples.usual))
    bench.run(T0 + 10_000)
    about = {samples.about(text) for _, text in client.texts}
    assert about == {None, (PAIRS[1], "1min")}
    assert bench.engine.hub.topics() == [samples.topic(PAIRS[1], "1min")]


@pytest.mark.parametrize("day", list(PROFILES))
def test_the_pings_keep_a_connection(day: str) -> None:
    bench = Bench(MARKET, date=day)
    samples = bench.exchange.samples
    client = bench.open("?".join(samples.handshake(T0)))
    number = 0
    while bench.now < T0 + samples.alive_for_s * 1000:
        bench.run(bench.now + round(samples.ping_every_s * 1000))
        number += 1
        (pong,) = client.say(samples.ping(number))
        assert json.loads(pong)["id"] == f"ping-{number}"
    assert client.ended is None
    assert number >= 4


def test_other_frames() -> None:
    frames = SAMPLES.other_frames(PAIRS[0], "1min", NOW)
    for frame in frames:
        assert SAMPLES.about(frame.text) is None
        assert (SAMPLES.refuses(frame.text) is not None) == frame.error
    assert sum(frame.error for frame in frames) >= 6


def test_refusals_and_nonsense_are_told_apart() -> None:
    refused = '{"id":"1","type":"error","code":404,"data":"topic does not exist"}'
    assert SAMPLES.refuses(refused) == "code 404: topic does not exist"
    for text in ("", "[]", "5", "null", "{}", '{"type":"error"}', '{"topic":5}', '{"topic":[]}'):
        assert SAMPLES.refuses(text) is None
        assert SAMPLES.about(text) is None


def test_intervals_have_the_frameworks_names_and_no_others() -> None:
    assert [found.name for found in SAMPLES.meanings("1h")] == ["1hour"]
    assert SAMPLES.meanings("1hour") == ()
    assert {SAMPLES.meanings(name)[0] for name in MEANINGS} == set(SAMPLES.intervals())


def test_failures_carry_no_candles() -> None:
    for answer in SAMPLES.rest_failures().values():
        try:
            body = json.loads(answer.body)
        except ValueError:
            continue
        assert body["code"] != "200000"


def test_every_family_of_checks_has_a_page() -> None:
    for family in ("URL", "PAIR", "PAY", "INTV", "PARSE", "REST", "HB", "RECON", "GAP", "FALL"):
        assert str(SAMPLES.rule(f"{family}-01")).startswith("https://www.kucoin.com/docs-new/")
    assert SAMPLES.rule("XX-01") is None


def test_the_pairs_are_of_several_shapes() -> None:
    assert len(SAMPLES.pairs) == 8
    assert SAMPLES.quiet_pair in SAMPLES.pairs
    assert {"BTC-USDT", "BTC-USDC"} <= set(SAMPLES.pairs)
    assert MARKET.pairs["SHIB-USDT"].price_digits == 8
    quiet = MARKET.candles(SAMPLES.quiet_pair, SAMPLES.meanings("1m")[0].grid, T0, T0 + 9 * MINUTE)
    assert any(not candle.trades for candle in quiet)


@pytest.mark.parametrize(("every_s", "borne"), [(5.0, True), (50.0, True), (60.0, False)])
def test_no_period_of_pings_is_announced_that_ends_a_connection(
    every_s: float, borne: bool
) -> None:
    servers = {"code": "200000", "data": {"instanceServers": [{"pingInterval": 18_000}]}}
    told = SAMPLES.announcing(Response(200, json.dumps(servers).encode()), every_s)
    assert (told is not None) is borne
    if told is not None:
        (server,) = json.loads(told.body)["data"]["instanceServers"]
        assert server["pingInterval"] == every_s * 1000
