"""REST: which candles a request selects, what is refused and how, the limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_exchanges.core.market import Market
from mock_exchanges.demo.profile import INTERVALS
from tests.mock_exchanges.demo.bench import MARKET, MINUTE, SECOND, T0, Bench

S0 = T0 // 1000
ASK = "symbol=BTC-USDT&interval=1m"


def opens(answer: Any) -> list[int]:
    assert (answer["code"], answer["message"]) == (0, "ok")
    return [(row["t"] - T0) // MINUTE for row in answer["data"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=3", [-2, -1, 0]),
        (f"start={S0 - 180}", [-3, -2, -1, 0]),
        (f"start={S0 - 180}&limit=2", [-3, -2]),
        (f"start={S0 - 179}&limit=2", [-2, -1]),
        (f"start={S0 - 180}&end={S0 - 60}", [-3, -2, -1]),
        (f"start={S0 - 60}&end={S0 - 60}", [-1]),
        (f"end={S0 - 61}&limit=2", [-3, -2]),
        (f"start={S0}&end={S0 + 600}", [0]),
        (f"start={S0 + 1}", []),
        (f"start={S0}&end={S0 - 60}", []),
        (f"end={S0 + 600}&limit=1", [0]),
        ("limit=1&other=x", [0]),
        ("limit=5&limit=1", [0]),
    ],
)
def test_selection(query: str, expected: list[int]) -> None:
    assert opens(Bench().candles(f"{ASK}&{query}")) == expected


def test_a_hundred_by_default_five_hundred_at_most() -> None:
    assert opens(Bench().candles(ASK)) == list(range(-99, 1))
    assert len(Bench().candles(f"{ASK}&limit=500")["data"]) == 500
    assert len(Bench().candles(f"{ASK}&start=0&limit=500")["data"]) == 500


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("pair", ["BTC-USDT", "POWR-USDT"])
def test_candles_are_the_markets(pair: str, interval: str) -> None:
    grid, bench = INTERVALS[interval], Bench(now=T0 + 30 * SECOND)
    rows = bench.candles(f"symbol={pair}&interval={interval}&limit=20")["data"]
    running = grid.floor(bench.now)
    candles = [*MARKET.candles(pair, grid, grid.back(running, 19), running),
               MARKET.at(pair, grid, bench.now)]  # fmt: skip
    assert len(rows) == len(candles) == 20
    for row, candle in zip(rows, candles, strict=True):
        assert candle is not None
        assert (row["t"], row["n"]) == (candle.open_ms, candle.trades)
        assert [row[key] for key in "ohlcvqVQ"] == [
            f"{candle.decimal(name):f}"
            for name in ("open", "high", "low", "close", "volume", "quote_volume",
                         "taker_volume", "taker_quote_volume")
        ]  # fmt: skip


def test_halts_are_missing_and_what_was_before_the_listing_too() -> None:
    halted = Market(7, MARKET.pairs.values(), [(T0 - 5 * MINUTE, T0 - 2 * MINUTE)])
    assert opens(Bench(market=halted).candles(f"{ASK}&limit=4")) == [-6, -2, -1, 0]
    first = Bench().candles(f"{ASK}&start=0&limit=1")["data"][0]["t"]
    assert first == 1_502_928_000_000  # 2017-08-17


@pytest.mark.parametrize(
    ("query", "status", "code", "message"),
    [
        ("", 400, 40001, "malformed request: parameter symbol is missing"),
        ("interval=1m", 400, 40001, "malformed request: parameter symbol is missing"),
        ("symbol=&interval=1m", 400, 40001, "malformed request: parameter symbol is missing"),
        ("symbol=BTC-USDT", 400, 40001, "malformed request: parameter interval is missing"),
        (f"{ASK}&limit=x", 400, 40001, "malformed request: parameter limit is no whole number"),
        (f"{ASK}&limit=-1", 400, 40001, "malformed request: parameter limit is no whole number"),
        (f"{ASK}&start=1.5", 400, 40001, "malformed request: parameter start is no whole number"),
        (f"{ASK}&limit=0", 400, 40009, "limit is out of range: expected 1 to 500"),
        (f"{ASK}&limit=501", 400, 40009, "limit is out of range: expected 1 to 500"),
        (f"{ASK}&start={T0}", 400, 40009,
         "start is out of range: expected seconds, not milliseconds"),
        (f"{ASK}&end={T0}", 400, 40009, "end is out of range: expected seconds, not milliseconds"),
        ("symbol=BTCUSDT&interval=1m", 200, 40004, "unknown pair: BTCUSDT"),
        ("symbol=btc-usdt&interval=1m", 200, 40004, "unknown pair: btc-usdt"),
        ("symbol=BTC-USDT&interval=1M", 200, 40005, "unknown interval: 1M"),
        ("symbol=BTC-USDT&interval=60", 200, 40005, "unknown interval: 60"),
    ],
)  # fmt: skip
def test_refusals(query: str, status: int, code: int, message: str) -> None:
    bench = Bench()
    answer = bench.get("/api/v1/candles", query)
    assert answer.status == status
    assert json.loads(answer.body) == {"code": code, "message": message, "data": []}
    assert bench.near_misses()[0].startswith(message)


def test_the_nearest_right_request_is_in_the_journal() -> None:
    bench = Bench()
    bench.candles("symbol=ethbtc&interval=1H")
    assert bench.near_misses() == ["unknown pair: ethbtc; nearest is symbol=ETH-BTC&interval=1h"]


def test_pairs_and_time() -> None:
    bench = Bench()
    pairs = json.loads(bench.get("/api/v1/pairs").body)["data"]
    assert [pair["symbol"] for pair in pairs] == list(MARKET.pairs)
    assert pairs[0] == {"symbol": "BTC-USDT", "base": "BTC", "quote": "USDT",
                        "price_digits": 2, "volume_digits": 5}  # fmt: skip
    assert json.loads(bench.get("/api/v1/time").body)["data"] == {"ts": T0}


def test_another_path_and_another_method() -> None:
    bench = Bench()
    missing = bench.get("/api/v1/candle")
    assert (missing.status, json.loads(missing.body)["code"]) == (404, 40401)
    assert bench.near_misses() == ["no such path: /api/v1/candle; nearest is /api/v1/candles"]
    wrong = bench.get("/api/v1/candles", ASK, method="POST")
    assert (wrong.status, wrong.headers["Allow"]) == (405, "GET")


def test_the_rate_limit_says_when_to_come_back_and_holds_until_then() -> None:
    bench = Bench(now=T0 + 2_500)
    for _ in range(100):
        assert bench.get("/api/v1/time").status == 200
    refused = bench.get("/api/v1/time")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "8")
    assert json.loads(refused.body) == {"code": 42901, "message": "too many requests", "data": []}
    bench.now = T0 + 9_999
    assert bench.get("/api/v1/time").status == 429
    bench.now = T0 + 10_000
    assert bench.get("/api/v1/time").status == 200


def test_without_limits_nothing_is_refused() -> None:
    bench = Bench(limits=False)
    assert {bench.get("/api/v1/time").status for _ in range(300)} == {200}
    bench.exchange.limits = True
    assert bench.get("/api/v1/time").status == 429
