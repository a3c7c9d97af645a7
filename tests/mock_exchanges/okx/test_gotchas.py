"""What adapters get wrong: each mistake shows on the mock as it would at the exchange."""

from __future__ import annotations

import json

from mock_exchanges.okx.profile import PUBLIC
from tests.mock_exchanges.okx.bench import CANDLES, HISTORY, MARKET, MINUTE, T0, Bench, code

BTC = "instId=BTC-USDT"


def test_1_candles_on_public_never_come() -> None:
    bench = Bench()
    client = bench.open(PUBLIC)
    assert code(client.subscribe("candle1m:BTC-USDT")[0]) == "60018"
    client.keep_alive(T0 + 5 * MINUTE)
    assert client.pushes == []


def test_2_a_slash_in_a_symbol() -> None:
    bench = Bench()
    assert code(bench.open().subscribe("candle1m:BTC/USDT")[0]) == "60018"
    for name in ("BTC/USDT", "BTCUSDT", "btc-usdt"):
        assert json.loads(bench.get(HISTORY, f"instId={name}").body)["code"] == "51001"


def test_3_a_window_needs_both_bounds_and_one_less_at_its_start() -> None:
    start = T0 - 5_000 * MINUTE
    bench = Bench()
    wanted = [start + n * MINUTE for n in range(10)]
    assert not set(bench.times(f"{BTC}&before={start}&limit=10")) & set(wanted)
    right = bench.times(f"{BTC}&before={start - 1}&after={start + 10 * MINUTE}&limit=10")
    assert right[::-1] == wanted


def test_4_the_depth_of_candles_is_not_the_size_of_a_page() -> None:
    assert len(Bench().times(f"{BTC}&limit=1440", CANDLES)) == 300


def test_5_the_newest_comes_first() -> None:
    times = Bench().times(BTC)
    assert times == sorted(times, reverse=True)


def test_6_status_200_is_no_success_and_codes_are_strings() -> None:
    answer = Bench().get(CANDLES, "instId=NOPE-USDT")
    assert (answer.status, json.loads(answer.body)["code"]) == (200, "51001")
    assert json.loads(Bench().get(CANDLES, BTC).body)["code"] == "0"


def test_7_a_day_of_the_plain_name_begins_at_16_utc() -> None:
    day = 86_400_000
    assert Bench().times(f"{BTC}&bar=1D&limit=1")[0] % day == 16 * 60 * MINUTE
    assert Bench().times(f"{BTC}&bar=1Dutc&limit=1")[0] % day == 0
    client = Bench().open()
    client.subscribe("candle1D:BTC-USDT", "candle1Dutc:BTC-USDT")
    assert [int(row[0]) % day for _, _, row in client.pushes] == [16 * 60 * MINUTE, 0]


def test_8_bars_are_told_apart_by_case() -> None:
    minute, month = Bench().times(f"{BTC}&bar=1m&limit=1"), Bench().times(f"{BTC}&bar=1M&limit=1")
    assert minute != month
    assert code(Bench().open().subscribe("candle1h:BTC-USDT")[0]) == "60018"


def test_9_the_fifth_column_is_in_base_units_and_the_sixth_in_quote_units() -> None:
    for row in Bench().rows(f"{BTC}&limit=20"):
        low, high, base, quote = float(row[3]), float(row[2]), float(row[5]), float(row[6])
        assert low * base <= quote <= high * base
        assert row[6] == row[7]


def test_10_most_pushes_are_of_a_candle_that_is_not_complete() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe("candle1m:BTC-USDT")
    bench.run(T0 + 10 * MINUTE)
    final: dict[str, list[list[str]]] = {}
    for _, _, row in client.pushes:
        final.setdefault(row[0], []).append(row)
    partial = [rows for rows in final.values() if len(rows) > 1 and rows[0][1:8] != rows[-1][1:8]]
    assert len(partial) >= 9
    # At the end of the minute the complete candle is still to come.
    assert all(at % MINUTE >= 400 for at, _, row in client.pushes if row[8] == "1")


def test_11_pings_are_text() -> None:
    client = Bench().open()
    assert client.say("ping") == ["pong"]
    assert code(client.say('{"op":"ping"}')[0]) == "60012"
    assert code(client.say('"ping"')[0]) == "60012"


def test_12_confirmations_have_no_code() -> None:
    client = Bench().open()
    for op in ("subscribe", "unsubscribe"):
        frame = json.loads(client.subscribe("candle1m:BTC-USDT", op=op)[0])
        assert list(frame) == ["event", "arg", "connId"]


def test_14_one_request_many_confirmations_all_before_the_first_candle() -> None:
    names = [f"candle{bar}:{pair}" for pair in MARKET.pairs for bar in ("1m", "1H", "1W")]
    answers = [json.loads(text) for text in Bench().open().subscribe(*names)]
    assert [frame.get("event", "push") for frame in answers] == ["subscribe"] * 12 + ["push"] * 12
    assert [f"{f['arg']['channel']}:{f['arg']['instId']}" for f in answers] == names * 2


def test_15_an_error_does_not_name_its_arg_but_in_words() -> None:
    frame = json.loads(Bench().open().subscribe("candle1m:NOPE-USDT")[0])
    assert "arg" not in frame
    assert "channel:candle1m,instId:NOPE-USDT" in frame["msg"]


def test_17_a_login_is_dated_in_seconds() -> None:
    client = Bench().open()
    arg = {"apiKey": "k", "passphrase": "p", "timestamp": "2026-07-25T17:20:00.000Z", "sign": "s"}
    assert code(client.say({"op": "login", "args": [arg]})[0]) == "60004"
