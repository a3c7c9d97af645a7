"""Whole conversations, one correct and sixteen wrong ones, frame by frame."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.core.actions import Pinged
from mock_exchanges.core.http import Response
from mock_exchanges.faults import NoticeThenClose
from mock_exchanges.faults.active import install
from mock_exchanges.okx import wire
from mock_exchanges.okx.intervals import INTERVALS
from mock_exchanges.okx.profile import PRIVATE, PUBLIC
from tests.mock_exchanges.okx.bench import CANDLES, HISTORY, MARKET, MINUTE, T0, Bench, code

IDLE = (4004, "No data received in 30s.")
WRONG_URL = (
    '{"event":"error","msg":"Subscribe failed, wrong URL or channel:%s,instId:%s '
    "doesn't exist. Please use the correct URL, channel and parameters referring to API "
    'document.","code":"60018","connId":"%s"}'
)
BTC, QUIET = "candle1m:BTC-USDT", "candle1m:XYZ-USDT"


def test_correct_session() -> None:
    # A minute without a trade, after one without.
    quiet = next(
        minute for minute in range(T0, T0 + 500 * MINUTE, MINUTE)
        if not any(MARKET.trade_times("XYZ-USDT", minute + n * MINUTE) for n in (-1, 0, 1))
    )  # fmt: skip
    bench = Bench(now=quiet + 20_000)
    client = bench.open()
    assert client.texts == []
    answers = client.subscribe(BTC, QUIET, id="a1")
    this = json.loads(answers[0])["connId"]
    assert len(this) == 8
    assert answers[:2] == [
        f'{{"id":"a1","event":"subscribe","arg":{{"channel":"candle1m","instId":"{inst}"}},'
        f'"connId":"{this}"}}'
        for inst in ("BTC-USDT", "XYZ-USDT")
    ]
    grid = INTERVALS["1m"]
    firsts = [MARKET.at(inst, grid, bench.now) for inst in ("BTC-USDT", "XYZ-USDT")]
    assert answers[2:] == [
        wire.push(candle, "candle1m", inst)
        for candle, inst in zip(firsts, ("BTC-USDT", "XYZ-USDT"), strict=True)
        if candle is not None
    ]
    bench.run(quiet + 40_000)
    assert client.say("ping") == ["pong"]
    bench.run(quiet + 65_000)
    flat = [(at - quiet, row) for at, topic, row in client.pushes if topic == QUIET][1:]
    assert len(flat) == 2
    (done_at, done), (next_at, following) = flat
    assert 63_400 <= done_at <= 64_000
    assert next_at == done_at + 1
    assert (done[0], following[0]) == (str(quiet), str(quiet + MINUTE))
    assert done[5:] == ["0", "0", "0", "1"]
    assert following[5:] == ["0", "0", "0", "0"]
    assert len({*done[1:5], *following[1:5]}) == 1
    busy = [at for at, topic, _ in client.pushes if topic == BTC]
    assert len(busy) > 10
    bench.run(quiet + 66_000)
    assert client.subscribe(QUIET, op="unsubscribe") == [
        f'{{"event":"unsubscribe","arg":{{"channel":"candle1m","instId":"XYZ-USDT"}},'
        f'"connId":"{this}"}}'
    ]
    before = quiet - MINUTE
    answer = bench.get(
        HISTORY, f"instId=BTC-USDT&bar=1m&before={before - 1}&after={quiet + MINUTE}&limit=300"
    )
    rows = [wire.row(c) for c in MARKET.candles("BTC-USDT", grid, before, quiet + MINUTE)]
    assert answer.status == 200
    assert answer.body.decode() == f'{{"code":"0","msg":"","data":[{",".join(rows[::-1])}]}}'


def test_wrong_a_candles_on_public() -> None:
    bench = Bench()
    client = bench.open(PUBLIC)
    (answer,) = client.subscribe(BTC)
    this = json.loads(answer)["connId"]
    assert answer == WRONG_URL % ("candle1m", "BTC-USDT", this)
    bench.run(T0 + 29_999)
    assert client.lives
    bench.run(T0 + MINUTE)
    assert client.closed == (T0 + 30_000, *IDLE)
    assert "/ws/v5/business" in bench.near_misses()[0]


@pytest.mark.parametrize(
    ("channel", "inst", "near"),
    [
        ("candle1m", "BTC/USDT", "candle1m BTC-USDT"),
        ("candle1m", "btc-usdt", "candle1m BTC-USDT"),
        ("candle1m", "NOPE-USDT", ""),
        ("candle1h", "BTC-USDT", "candle1H BTC-USDT"),
        ("candle8H", "BTC-USDT", ""),
        ("trades", "BTC-USDT", ""),
    ],
)
def test_wrong_b_symbol_or_interval(channel: str, inst: str, near: str) -> None:
    bench = Bench()
    client = bench.open()
    (answer,) = client.subscribe(f"{channel}:{inst}")
    assert answer == WRONG_URL % (channel, inst, json.loads(answer)["connId"])
    if near:
        found = json.loads(bench.near_misses()[0].partition("nearest is ")[2])
        assert f"{found['channel']} {found['instId']}" == near
    confirmed, push = client.subscribe(BTC)
    assert json.loads(confirmed)["event"] == "subscribe"
    assert "data" in push


@pytest.mark.parametrize(
    "said",
    [
        '{"op":"subscribe","argss":[{"channel":"candle1m","instId":"BTC-USDT"}]}',
        "subscribe candle1m",
        '{"op":"subscribe","args":["candle1m:BTC-USDT"]}',
        '{"op":"subscribe","args":{"channel":"candle1m","instId":"BTC-USDT"}}',
        '["subscribe"]',
        "ping\n",
        '{"op":"ping"}',
        '{"event":"ping"}',
    ],
    ids=lambda said: f"wrong_{'d' if 'ping' in said else 'c'}-{said[:30]}",
)
def test_wrong_c_and_d_no_request_and_json_ping(said: str) -> None:
    bench = Bench()
    client = bench.open()
    (answer,) = client.say(said)
    frame = json.loads(answer)
    assert list(frame) == ["event", "msg", "code", "connId"]
    assert (frame["event"], frame["code"]) == ("error", "60012")
    assert frame["msg"] == f"Illegal request: {said}"
    assert len(client.subscribe(BTC)) == 2


def test_wrong_e_silence() -> None:
    bench = Bench()
    client = bench.open()
    for at in (10_000, 20_000):
        bench.run(T0 + at)
        client.receive(Pinged(b"here"))
    assert client.pongs == [b"here", b"here"]
    bench.run(T0 + MINUTE)
    assert client.closed == (T0 + 30_000, *IDLE)
    assert client.texts == []


def test_wrong_f_quiet_channel_without_pings() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("candle1Dutc:XYZ-USDT")
    bench.run(T0 + 60 * MINUTE)
    last = client.texts[-1][0]
    assert client.closed == (last + 30_000, *IDLE)
    other = bench.open()
    other.subscribe("candle1Dutc:XYZ-USDT")
    other.keep_alive(bench.now + 10 * MINUTE)
    assert other.closed is None


def test_wrong_g_subscribed_twice() -> None:
    client = Bench().open()
    first, again = client.subscribe(BTC), client.subscribe(BTC)
    assert [list(json.loads(text)) for text in first] == [["event", "arg", "connId"],
                                                          ["arg", "data"]]  # fmt: skip
    assert again == first[:1]
    assert len(client.subscribe(BTC, op="unsubscribe")) == 1
    assert client.subscribe(BTC) == first


def test_wrong_h_oversized() -> None:
    bench = Bench()
    client = bench.open()
    args = [{"channel": "candle1m", "instId": "BTC-USDT"}] * 1500
    text = json.dumps({"op": "subscribe", "args": args})
    assert len(text) > 64 * 1024
    assert client.say(text) == []
    assert client.closed == (T0, 1009, "Request message exceeds the maximum frame length")
    within = bench.open()
    assert len(within.say({"op": "subscribe", "args": args[:1200]})) == 1201


def test_wrong_i_too_many_requests_in_an_hour() -> None:
    bench = Bench()
    client = bench.open()
    for n in range(480):
        client.subscribe(BTC, op="unsubscribe" if n % 2 else "subscribe")
    (answer,) = client.subscribe(BTC)
    assert (code(answer), json.loads(answer)["msg"]) == ("60014", "Requests too frequent")
    assert client.say("ping") == ["pong"]
    client.keep_alive(T0 + 60 * MINUTE - 1)
    assert code(client.subscribe(BTC)[0]) == "60014"
    bench.run(T0 + 60 * MINUTE)
    assert len(client.subscribe(BTC)) == 2
    free = Bench(limits=False).open()
    assert {len(free.subscribe(BTC)) for _ in range(481)} == {1, 2}


def test_wrong_j_fourth_connect_in_a_second() -> None:
    bench = Bench()
    for _ in range(3):
        bench.open()
    refused = bench.handshake()
    assert isinstance(refused, Response)
    assert refused.status == 429
    assert not isinstance(bench.handshake(client="10.0.0.1"), Response)
    bench.run(T0 + 1_000)
    bench.open()
    free = Bench(limits=False)
    for _ in range(10):
        free.open()


@pytest.mark.parametrize("path", [PUBLIC, PRIVATE, "/ws/v5/business"])
def test_wrong_k_service_upgrade(path: str) -> None:
    bench = Bench()
    client = bench.open(path)
    install(NoticeThenClose(), bench.engine, 1, 1, T0)
    bench.run(T0)
    client.keep_alive(T0 + 59_999)
    assert client.lives
    notices = [text for _, text in client.texts if text != "pong"]
    if path == "/ws/v5/business":
        assert notices == []
    else:
        this = json.loads(notices[0])["connId"]
        assert notices == [
            '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a '
            f'service upgrade. Please reconnect.","connId":"{this}"}}'
        ]
    bench.run(T0 + 2 * MINUTE)
    assert (client.dropped, client.closed) == ((T0 + MINUTE, "eof"), None)


@pytest.mark.parametrize("path", [CANDLES, HISTORY])
def test_wrong_l_before_alone_gives_the_newest(path: str) -> None:
    start = T0 - 10_000 * MINUTE
    times = Bench().times(f"instId=BTC-USDT&bar=1m&before={start}", path)
    newest = T0 if path == CANDLES else T0 - MINUTE
    assert times == [newest - n * MINUTE for n in range(100)]


def test_wrong_m_after_gives_the_older() -> None:
    start = T0 - 10_000 * MINUTE
    times = Bench().times(f"instId=BTC-USDT&bar=1m&after={start}")
    assert times == [start - n * MINUTE for n in range(1, 101)]


@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ("instId=BTC-USDT&bar=8H", 400,
         '{"code":"51000","data":[],"msg":"Parameter bar error"}'),
        ("instId=BTC/USDT", 200,
         '{"code":"51001","data":[],"msg":"Instrument ID, Instrument ID code, or Spread ID '
         "doesn't exist.\"}"),
        ("bar=1m", 400, '{"code":"50014","data":[],"msg":"Parameter instId can not be empty."}'),
    ],
)  # fmt: skip
def test_wrong_n_rest(query: str, status: int, body: str) -> None:
    for path in (CANDLES, HISTORY):
        answer = Bench().get(path, query)
        assert (answer.status, answer.body.decode()) == (status, body)


def test_wrong_o_rest_burst() -> None:
    bench = Bench()
    for path, limit in ((CANDLES, 40), (HISTORY, 20)):
        statuses = [bench.get(path, "instId=BTC-USDT&limit=1").status for _ in range(limit + 1)]
        assert statuses == [200] * limit + [429]
        refused = bench.get(path, "instId=BTC-USDT&limit=1")
        assert refused.body == b'{"msg":"Too Many Requests","code":"50011"}'
    bench.run(T0 + 2_000)
    assert bench.get(CANDLES, "instId=BTC-USDT&limit=1").status == 200
    free = Bench(limits=False)
    assert {free.get(HISTORY, "instId=BTC-USDT&limit=1").status for _ in range(60)} == {200}


@pytest.mark.parametrize("path", ["/api/v5/market", "/", "/ws/v5", "/ws/v5/business/"])
def test_wrong_p_other_paths(path: str) -> None:
    bench = Bench()
    answer = bench.handshake(path)
    assert isinstance(answer, Response)
    assert answer.status == 404
    assert len(bench.near_misses()) == 1
    assert not isinstance(bench.handshake("/ws/v5/business?brokerId=9999"), Response)
