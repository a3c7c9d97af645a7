"""What an observer is told is what the exchange sends."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.okx.intervals import INTERVALS
from mock_exchanges.okx.profile import BUSINESS, PROFILES, PUBLIC, profile
from mock_exchanges.okx.samples import PAIRS, QUIET_PAIR, OKXSamples
from tests.mock_exchanges.okx.bench import MINUTE, T0, Bench

MARKET = Market(3, pairs_named(PAIRS))
SAMPLES = OKXSamples(MARKET, profile())
NOW = T0 + 25_000


@pytest.mark.parametrize("date", PROFILES)
def test_every_kind_of_frame_is_one_that_comes(date: str) -> None:
    bench = Bench(MARKET, date=date)
    samples = bench.exchange.samples
    client = bench.open(samples.handshake(T0)[0])
    client.say(samples.subscription(QUIET_PAIR, "1m"))
    client.keep_alive(T0 + 120 * MINUTE)
    frames = samples.candle_frames(QUIET_PAIR, "1m", T0 + 120 * MINUTE)
    assert [f.name for f in frames] == [
        "update", "first", "complete", "complete, without trades",
    ]  # fmt: skip
    bench.run(T0 + 120 * MINUTE + 4_000)
    sent = {text for _, text in client.texts}
    assert {frame.text for frame in frames[1:]} <= sent


@pytest.mark.parametrize("interval", INTERVALS)
def test_each_interval_can_be_subscribed_and_is_recognised(interval: str) -> None:
    client = Bench(MARKET).open()
    answers = client.say(SAMPLES.subscription("ETH-BTC", interval))
    assert [SAMPLES.refuses(text) for text in answers] == [None, None]
    assert [SAMPLES.about(text) for text in answers] == [None, ("ETH-BTC", interval)]
    assert client.bench.engine.hub.topics() == [SAMPLES.topic("ETH-BTC", interval)]
    for frame in SAMPLES.candle_frames("ETH-BTC", interval, NOW):
        row = json.loads(frame.text)["data"][0]
        assert int(row[0]) == frame.candles[0].open_ms
        assert (row[8] == "1") is frame.candles[0].closed


def test_other_frames_are_those_of_a_session() -> None:
    client = Bench(MARKET).open()
    subscription = json.loads(SAMPLES.subscription("BTC-USDT", "1m"))
    wrong = {"channel": "candle1m", "instId": "NOPE-USDT"}
    said = [
        client.say(subscription)[0],
        client.say({"id": "a1", **subscription})[0],
        client.say({**subscription, "op": "unsubscribe"})[0],
        client.say({"op": "subscribe", "args": [wrong]})[0],
        client.say('{"op":"ping"}')[0],
    ]
    own = json.loads(said[0])["connId"]
    told = {f.text: f for f in SAMPLES.other_frames("BTC-USDT", "1m", NOW)}
    for text in said:
        assert text.replace(own, "1f2e3d4c") in told
    assert "pong" in told
    assert [f.error for f in told.values()] == [SAMPLES.refuses(text) is not None for text in told]
    assert all(SAMPLES.about(text) is None for text in told)


@pytest.mark.parametrize("text", ["pong", "5", "[]", "{}", '{"arg":5}', '{"event":5}', "", "null"])
def test_odd_texts_are_neither_candles_nor_refusals(text: str) -> None:
    assert SAMPLES.about(text) is None
    assert SAMPLES.refuses(text) is None


def test_meanings_say_where_an_interval_is_served() -> None:
    day, east = SAMPLES.meanings("1d")
    assert (day.name, east.name) == ("1Dutc", "1D")
    assert day.grid.origin_ms - east.grid.origin_ms == 8 * 60 * MINUTE
    assert {each.name for each in SAMPLES.intervals() if not each.rest} == {"5D", "5Dutc"}
    assert all(each.streamed for each in SAMPLES.intervals())
    assert SAMPLES.meanings("8h") == []


def test_a_host_pings_more_often_than_a_silent_connection_is_given() -> None:
    assert SAMPLES.ping(1) == "ping"
    assert 0 < SAMPLES.ping_every_s < 30 < SAMPLES.alive_for_s


def test_hosts_and_paths() -> None:
    assert SAMPLES.ws_hosts["ws.okx.com"] == (8443, 443)
    assert not {*SAMPLES.ws_hosts} & {*SAMPLES.test_hosts}
    assert SAMPLES.test_hosts[0] == "wspap.okx.com"
    assert SAMPLES.handshake(T0) == (BUSINESS, "")
    assert OKXSamples(MARKET, profile("2023-06-19")).handshake(T0) == (PUBLIC, "")


def test_failures_are_no_rows() -> None:
    for name, answer in SAMPLES.rest_failures().items():
        try:
            body = json.loads(answer.body[: answer.cut_after])
        except ValueError:
            continue
        assert isinstance(body["code"], str) and body["code"] != "0", name


@pytest.mark.parametrize(
    "family", ["URL", "PAIR", "PAY", "INTV", "PARSE", "REST", "HB", "RECON", "GAP", "FALL"]
)
def test_each_family_of_checks_has_its_page(family: str) -> None:
    page = SAMPLES.rule(f"{family}-01")
    assert page is not None
    assert page.startswith("https://www.okx.com/docs-v5/en/#")
    assert SAMPLES.rule("NONE-01") is None
