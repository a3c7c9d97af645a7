"""REST: candles in [startAt, endAt), newest first, errors with HTTP 200, the budget."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.profile import INTERVALS
from tests.mock_exchanges.kucoin.bench import MARKET, PAIRS, T0, Bench

S0 = T0 // 1000
CANDLES = "/api/v1/market/candles"
BTC = "symbol=BTC-USDT&type=1min"


def ledger(pair: str, start_ms: int, end_ms: int, interval: str = "1min") -> list[list[str]]:
    """Return the traded candles' rows, newest first."""
    found = MARKET.candles(pair, INTERVALS[interval], start_ms, end_ms)
    return [row(candle) for candle in reversed(found) if candle.trades]


def row(candle: Candle) -> list[str]:
    made: list[str] = json.loads(wire.row(candle))
    return made


def starts(rows: list[list[str]]) -> list[int]:
    return [int(each[0]) for each in rows]


def test_the_start_is_inclusive_and_the_end_exclusive() -> None:
    bench = Bench(now=T0 + 30_000)
    rows = bench.candles(f"{BTC}&startAt={S0 - 600}&endAt={S0 - 300}")
    assert starts(rows) == list(range(S0 - 360, S0 - 660, -60))
    assert rows == ledger("BTC-USDT", T0 - 600_000, T0 - 300_000)
    assert bench.candles(f"{BTC}&startAt={S0 - 300}&endAt={S0 - 300}") == []


def test_bounds_between_candles_are_rounded_up() -> None:
    bench = Bench()
    rows = bench.candles(f"{BTC}&startAt={S0 - 599}&endAt={S0 - 299}")
    assert starts(rows) == list(range(S0 - 300, S0 - 600, -60))


def test_the_candle_in_progress_is_first_if_the_range_reaches_it() -> None:
    bench = Bench(now=T0 + 30_000)
    running = MARKET.at("BTC-USDT", INTERVALS["1min"], T0 + 30_000)
    assert running is not None
    rows = bench.candles(f"{BTC}&startAt={S0 - 120}&endAt={S0 + 30}")
    assert rows == [row(running), *ledger("BTC-USDT", T0 - 120_000, T0)]
    assert starts(bench.candles(f"{BTC}&startAt={S0 - 120}&endAt={S0}")) == [S0 - 60, S0 - 120]


def test_at_the_very_beginning_of_a_candle_it_is_not_there_without_a_trade() -> None:
    first = MARKET.trade_times("BTC-USDT", T0)[0]
    query = f"{BTC}&startAt={S0}"
    assert Bench(now=first - 1).candles(query) == []
    assert starts(Bench(now=first).candles(query)) == [S0]


@pytest.mark.parametrize(
    ("query", "newest", "count"),
    [
        ("", S0, 100),
        ("&startAt=0&endAt=0", S0, 100),
        ("&startAt=&endAt=", S0, 100),
        (f"&endAt={S0 + 30}", S0, 100),
        (f"&endAt={S0}", S0 - 60, 100),
        (f"&startAt={S0 - 3000}", S0, 51),
        (f"&startAt={S0 - 3000 * 60}", S0, 1500),
        (f"&startAt={S0 - 3000 * 60}&endAt={S0}", S0 - 60, 1500),
        (f"&startAt={S0 - 1500 * 60}&endAt={S0}", S0 - 60, 1500),
        (f"&startAt={S0 - 6000}&limit=3&page=2&x=y", S0, 101),
    ],
)
def test_which_candles(query: str, newest: int, count: int) -> None:
    rows = Bench(now=T0 + 30_000).candles(f"{BTC}{query}")
    assert starts(rows) == list(range(newest, newest - count * 60, -60))


@pytest.mark.parametrize(
    "query",
    [
        f"&startAt={S0}&endAt={S0 - 600}",
        f"&startAt={S0 + 10**6}",
        f"&startAt={T0}",
        f"&startAt={T0}&endAt={T0 + 10**6}",
        "&startAt=1000&endAt=2000",
        "&endAt=-5",
    ],
)
def test_nothing_is_an_empty_list(query: str) -> None:
    answer = Bench().get(CANDLES, f"{BTC}{query}")
    assert (answer.status, answer.body) == (200, b'{"code":"200000","data":[]}')


def test_an_end_in_milliseconds_is_far_ahead_and_gives_the_latest() -> None:
    rows = Bench(now=T0 + 30_000).candles(f"{BTC}&startAt={S0 - 300}&endAt={T0}")
    assert starts(rows) == list(range(S0, S0 - 360, -60))


def test_intervals_without_trades_have_no_row() -> None:
    rows = Bench().candles(f"symbol=POWR-USDT&type=1min&startAt={S0 - 3600}&endAt={S0}")
    assert rows == ledger("POWR-USDT", T0 - 3_600_000, T0)
    assert 5 < len(rows) < 50
    latest = Bench().candles("symbol=POWR-USDT&type=1min")
    assert len(latest) == 100
    assert latest[: len(rows)] == rows


def test_halts_have_no_row() -> None:
    halted = Market(7, PAIRS, [(T0 - 600_000, T0 - 300_000)])
    rows = Bench(halted).candles(f"{BTC}&startAt={S0 - 900}&endAt={S0}")
    kept = [*range(S0 - 60, S0 - 360, -60), *range(S0 - 660, S0 - 960, -60)]
    assert starts(rows) == kept


@pytest.mark.parametrize("interval", list(INTERVALS))
def test_every_interval(interval: str) -> None:
    grid = INTERVALS[interval]
    end = grid.floor(T0)
    start = grid.back(end, 4)
    query = f"symbol=BTC-USDT&type={interval}&startAt={start // 1000}&endAt={end // 1000}"
    assert Bench().candles(query) == ledger("BTC-USDT", start, end, interval)
    assert len(Bench().candles(query)) == 4


def test_from_the_listing_on_and_not_before() -> None:
    rows = Bench().candles("symbol=BTC-USDT&type=1week&startAt=1&endAt=1555000000")
    listed = MARKET.first_open("BTC-USDT", INTERVALS["1week"])
    assert starts(rows)[-1] * 1000 == listed
    assert Bench(now=listed - 10**9).candles("symbol=BTC-USDT&type=1min") == []


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("symbol=NOPE-USDT&type=1min", 200, "This pair is not provided at present"),
        ("symbol=btc-usdt&type=1min", 200, "This pair is not provided at present"),
        ("symbol=BTC-USDT&type=1m", 200, "This type of Candlestick is currently not provided."),
        ("symbol=BTC-USDT&type=60min", 200, "This type of Candlestick is currently not provided."),
        ("type=1min", 400, "Parameter symbol is missing or malformed."),
        ("symbol=BTC-USDT", 400, "Parameter type is missing or malformed."),
        (f"{BTC}&startAt=x", 400, "Parameter startAt is missing or malformed."),
    ],
)
def test_errors(query: str, status: int, message: str) -> None:
    answer = Bench().get(CANDLES, query)
    assert answer.status == status
    assert json.loads(answer.body) == {"msg": message, "code": "400100"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/market/candle", 404, "404"),
        ("GET", "/", 404, "404"),
        ("POST", CANDLES, 405, "405"),
        ("GET", "/api/v1/bullet-public", 405, "405"),
        ("POST", "/api/v1/bullet-private", 400, "400001"),
    ],
)
def test_paths_and_methods(method: str, path: str, status: int, code: str) -> None:
    bench = Bench()
    answer = bench.get(path, BTC, method)
    body = json.loads(answer.body)
    assert (answer.status, body["code"]) == (status, code)
    if path.endswith("/candle"):
        assert body == {"msg": "Not Found", "code": "404", "retry": False, "success": False}
        assert bench.near_misses() == [f"no such path: {path}; nearest is {CANDLES}"]


def data(path: str, query: str = "", **bench: Any) -> Any:
    answer = Bench(**bench).get(path, query)
    body = json.loads(answer.body)
    assert (answer.status, body["code"]) == (200, "200000")
    return body["data"]


def test_the_small_calls() -> None:
    assert data("/api/v1/timestamp") == T0
    assert data("/api/v1/status") == {"status": "open", "msg": ""}
    assert data("/api/v1/market/allTickers") == {"time": T0, "ticker": []}
    assert data("/api/v1/contracts/active") == []
    assert [c["currency"] for c in data("/api/v3/currencies")] == [
        "BTC", "ETH", "POWR", "SHIB", "USDT",
    ]  # fmt: skip


def test_symbols() -> None:
    listed = data("/api/v2/symbols")
    assert [entry["symbol"] for entry in listed] == [pair.name for pair in PAIRS]
    shib = listed[3]
    assert (shib["priceIncrement"], shib["baseIncrement"]) == ("0.00000001", "1")
    assert (shib["baseCurrency"], shib["quoteCurrency"]) == ("SHIB", "USDT")
    assert all(entry["enableTrading"] is True for entry in listed)
    assert [e["symbol"] for e in data("/api/v2/symbols", "market=BTC")] == ["ETH-BTC"]
    older = data("/api/v1/symbols")
    assert set(older[0]) < set(listed[0])
    early = data("/api/v2/symbols", now=MARKET.first_open("BTC-USDT", INTERVALS["1day"]) - 1)
    assert not any(entry["enableTrading"] for entry in early)


def test_the_budget_begins_with_the_first_request() -> None:
    bench = Bench(now=T0 + 7_000)
    statuses = [bench.get(CANDLES, f"{BTC}&endAt={S0}").status for _ in range(668)]
    assert statuses == [200] * 666 + [429] * 2
    refused = bench.get(CANDLES, BTC)
    assert refused.body == b'{"msg":"Too Many Requests","code":"429000"}'
    assert {k: v for k, v in refused.headers.items() if k.startswith("gw-")} == {
        "gw-ratelimit-limit": "2000",
        "gw-ratelimit-remaining": "2",
        "gw-ratelimit-reset": "30000",
    }
    assert "Retry-After" not in refused.headers
    bench.now += 29_999
    assert bench.get(CANDLES, BTC).headers["gw-ratelimit-reset"] == "1"
    bench.now += 1
    answer = bench.get(CANDLES, BTC)
    assert (answer.status, answer.headers["gw-ratelimit-remaining"]) == (200, "1997")


def test_weights() -> None:
    bench = Bench()
    left = 2000
    for path, weight in bench.exchange.profile.weights.items():
        method = "POST" if "bullet" in path else "GET"
        answer = bench.get(path, BTC, method)
        left -= weight
        if path == "/api/v1/timestamp":
            assert "gw-ratelimit-remaining" not in answer.headers
        else:
            assert answer.headers["gw-ratelimit-remaining"] == str(left)


def test_without_limits_nothing_is_refused() -> None:
    bench = Bench(limits=False)
    assert {bench.get("/api/v1/market/allTickers").status for _ in range(300)} == {200}
    bench.exchange.limits = True
    assert bench.get("/api/v1/market/allTickers").status == 429


def test_rows_are_kept_within_bounds() -> None:
    bench = Bench(limits=False)
    for n in range(5):
        bench.candles(f"{BTC}&startAt={S0 - 60 * 1500 * (n + 1)}&endAt={S0 - 60 * 1500 * n}")
    assert bench.exchange.cached_rows == 5 * 1500


def test_the_budget_may_be_spent_to_the_last() -> None:
    bench = Bench(weight_limit=6)
    assert [bench.get(CANDLES, BTC).status for _ in range(3)] == [200, 200, 429]


def test_of_a_parameter_sent_twice_the_first_counts() -> None:
    rows = Bench().candles(f"{BTC}&startAt={S0 - 300}&startAt={S0 - 600}&symbol=NOPE")
    assert starts(rows)[-1] == S0 - 300


@pytest.mark.parametrize("interval", ["1min", "1month"])
def test_a_start_beyond_all_calendars_gives_nothing(interval: str) -> None:
    far = "9" * 18
    assert Bench().candles(f"symbol=BTC-USDT&type={interval}&startAt={far}&endAt={far}") == []
