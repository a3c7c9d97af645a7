"""REST: which rows a request selects, in which order, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from mock_exchanges.core.calendar import DAY_MS
from mock_exchanges.core.market import Market
from mock_exchanges.okx import wire
from mock_exchanges.okx.intervals import INTERVALS
from mock_exchanges.okx.profile import profile
from tests.mock_exchanges.okx.bench import (
    CANDLES,
    HISTORY,
    MARKET,
    MINUTE,
    PAIRS,
    T0,
    Bench,
    pair,
)

BTC = "instId=BTC-USDT"
NOW = T0 + 25_000


def written(bar: str, start: int, end: int, name: str = "BTC-USDT") -> list[list[str]]:
    """Return the ledger's rows in ``[start, end)``, newest first."""
    candles = MARKET.candles(name, INTERVALS[bar], start, end)
    return [json.loads(wire.row(candle)) for candle in reversed(candles)]


def test_without_bounds_the_newest_hundred_and_only_candles_has_the_running_one() -> None:
    bench = Bench(now=NOW)
    rows, history = bench.rows(BTC, CANDLES), bench.rows(BTC)
    running = MARKET.at("BTC-USDT", INTERVALS["1m"], NOW)
    assert running is not None
    assert rows[0] == json.loads(wire.row(running))
    assert rows[0][8] == "0"
    assert rows[1:] == written("1m", T0 - 99 * MINUTE, T0)
    assert history == written("1m", T0 - 100 * MINUTE, T0)


@pytest.mark.parametrize("path", [CANDLES, HISTORY])
def test_both_bounds_are_exclusive(path: str) -> None:
    start, end = T0 - 20 * MINUTE, T0 - 10 * MINUTE
    bench = Bench(now=NOW)
    inner = [T0 - n * MINUTE for n in range(11, 20)]
    assert bench.times(f"{BTC}&before={start}&after={end}", path) == inner
    assert bench.times(f"{BTC}&before={start - 1}&after={end + 1}", path) == [
        end, *inner, start,
    ]  # fmt: skip


def test_a_window_that_is_too_wide_is_cut_at_its_old_end() -> None:
    start, end = T0 - 300 * 60 * MINUTE, T0
    end -= end % (60 * MINUTE)
    times = Bench().times(f"{BTC}&bar=1H&before={start}&after={end}&limit=100")
    assert times == [end - n * 60 * MINUTE for n in range(1, 101)]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (299, 299), (300, 300), (301, 300),
                                              (1440, 300), (10**18, 300)])  # fmt: skip
@pytest.mark.parametrize("path", [CANDLES, HISTORY])
def test_a_limit_above_the_greatest_is_cut_in_silence(path: str, limit: int, count: int) -> None:
    assert len(Bench().times(f"{BTC}&limit={limit}", path)) == count


def test_in_2023_history_gave_a_hundred_at_most() -> None:
    bench = Bench(date="2023-06-19")
    assert len(bench.times(f"{BTC}&limit=300")) == 100
    assert len(bench.times(f"{BTC}&limit=300", CANDLES)) == 300


def test_candles_reaches_back_1440_rows_and_history_to_the_listing() -> None:
    oldest = T0 - 1_439 * MINUTE
    bench = Bench(now=NOW)
    assert bench.times(f"{BTC}&after={oldest + 3 * MINUTE}", CANDLES) == [
        oldest + 2 * MINUTE, oldest + MINUTE, oldest,
    ]  # fmt: skip
    assert bench.times(f"{BTC}&after={oldest}", CANDLES) == []
    listed = MARKET.first_open("BTC-USDT", INTERVALS["1D"])
    assert bench.times(f"{BTC}&bar=1D&after={listed + 2 * DAY_MS}") == [listed + DAY_MS, listed]
    assert bench.times(f"{BTC}&bar=1D&after={listed}") == []


def test_pages_backwards_are_the_whole_ledger() -> None:
    bench = Bench(now=NOW)
    rows: list[list[str]] = []
    after = T0
    while after > T0 - 1_000 * MINUTE:
        rows += bench.rows(f"{BTC}&after={after}&limit=300")
        after = int(rows[-1][0])
    assert rows == written("1m", T0 - 1_200 * MINUTE, T0)


def test_an_after_in_the_future_gives_the_newest() -> None:
    bench = Bench(now=NOW)
    assert bench.times(f"{BTC}&after={10**18}&limit=2", CANDLES) == [T0, T0 - MINUTE]
    assert bench.times(f"{BTC}&before={10**18}", CANDLES) == []
    assert bench.times(f"{BTC}&before={T0}&after={T0 - MINUTE}") == []
    assert bench.times(f"{BTC}&after=0") == []


@pytest.mark.parametrize("bar", [bar for bar in INTERVALS if not bar.startswith("5D")])
def test_every_bar_is_on_its_own_grid(bar: str) -> None:
    grid = INTERVALS[bar]
    start = grid.back(grid.floor(NOW), 3)
    rows = Bench(now=NOW).rows(f"{BTC}&bar={bar}&before={start - 1}")
    assert rows == written(bar, start, grid.floor(NOW))
    assert len(rows) == 3


def test_seconds_are_of_history_alone_and_kept_for_three_months() -> None:
    bench = Bench(now=NOW)
    assert json.loads(bench.get(CANDLES, f"{BTC}&bar=1s").body)["code"] == "51000"
    kept = NOW - 90 * DAY_MS
    assert len(bench.times(f"{BTC}&bar=1s&after={kept + 5_000}")) == 5
    assert bench.times(f"{BTC}&bar=1s&after={kept}") == []


@pytest.mark.parametrize("bar", ["5D", "5Dutc", "8H", "1h", "1d", "60", "1Y", "1DUTC"])
def test_bars_that_do_not_exist(bar: str) -> None:
    for path in (CANDLES, HISTORY):
        answer = Bench().get(path, f"{BTC}&bar={bar}")
        assert answer.status == 400
        assert json.loads(answer.body)["msg"] == "Parameter bar error"


@pytest.mark.parametrize("name", ["limit", "after", "before"])
@pytest.mark.parametrize("value", ["x", "-1", "1.5", "1e3", "٣", "%20", "9" * 20])
def test_numbers_that_are_none(name: str, value: str) -> None:
    answer = Bench().get(HISTORY, f"{BTC}&{name}={value}")
    assert answer.status == 400
    assert json.loads(answer.body) == {
        "code": "51000", "data": [], "msg": f"Parameter {name} error",
    }  # fmt: skip


def test_a_limit_of_zero_is_an_error_and_empty_parameters_are_none() -> None:
    bench = Bench()
    assert json.loads(bench.get(HISTORY, f"{BTC}&limit=0").body)["code"] == "51000"
    assert len(bench.times(f"{BTC}&bar=&after=&before=&limit=&adjust=")) == 100


def test_intervals_without_trades_are_flat_rows_and_outages_are_missing() -> None:
    rows = Bench(now=NOW).rows("instId=XYZ-USDT&limit=100")
    flat = [row for row in rows if row[5] == "0"]
    assert len(rows) == 100 and flat
    assert all(len({*row[1:5]}) == 1 and row[6:8] == ["0", "0"] for row in flat)
    halted = Market(7, PAIRS, halts=[(T0 - 20 * MINUTE, T0 - 10 * MINUTE)])
    times = Bench(halted).times(f"{BTC}&limit=15")
    assert times == [T0 - n * MINUTE for n in (*range(1, 11), *range(21, 26))]


def test_time() -> None:
    answer = Bench(now=NOW).get("/api/v5/public/time")
    assert answer.body.decode() == f'{{"code":"0","msg":"","data":[{{"ts":"{NOW}"}}]}}'


def instruments(query: str, bench: Bench | None = None) -> Any:
    return json.loads((bench or Bench()).get("/api/v5/public/instruments", query).body)


def test_instruments_are_the_pairs_with_their_digits() -> None:
    listed = instruments("instType=SPOT")["data"]
    assert [each["instId"] for each in listed] == [each.name for each in PAIRS]
    first, *_, last = listed
    assert (first["baseCcy"], first["quoteCcy"], first["state"]) == ("BTC", "USDT", "live")
    assert (first["tickSz"], first["lotSz"], last["tickSz"], last["lotSz"]) == (
        "0.01", "0.001", "0.00000001", "1",
    )  # fmt: skip
    assert first["listTime"] == "1509926400000"
    assert first["settleCcy"] == first["uly"] == ""
    assert [each["instId"] for each in instruments("instType=SPOT&instId=ETH-USDT")["data"]] == [
        "ETH-USDT"
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("instType=SWAP", "0"),
        ("instType=FUTURES", "0"),
        ("instType=OPTION&uly=BTC-USD", "0"),
        ("instType=OPTION&instFamily=BTC-USD", "0"),
        ("instType=OPTION", "50015"),
        ("", "50014"),
        ("instType=SPOTS", "51000"),
        ("instType=SWAP&instId=BTC-USDT", "51001"),
        ("instType=SPOT&instId=BTCUSDT", "51001"),
    ],
)
def test_other_instruments(query: str, expected: str) -> None:
    body = instruments(query)
    assert (body["code"], body["data"]) == (expected, [])


def test_an_instrument_is_not_live_before_its_listing_and_in_a_halt() -> None:
    market = Market(7, [pair("BTC"), pair("NEW", listed=date(2027, 1, 1))],
                    halts=[(T0, T0 + MINUTE)])  # fmt: skip
    states = [each["state"] for each in instruments("instType=SPOT", Bench(market))["data"]]
    assert states == ["suspend", "preopen"]


def test_limits_of_instruments_are_by_type_and_time_has_its_own() -> None:
    bench = Bench()
    path = "/api/v5/public/instruments"
    assert {bench.get(path, "instType=SPOT").status for _ in range(20)} == {200}
    assert bench.get(path, "instType=SPOT").status == 429
    assert bench.get(path, "instType=SWAP").status == 200
    assert [bench.get("/api/v5/public/time").status for _ in range(11)] == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("path", "method", "status", "expected"),
    [
        ("/api/v5/market/candels", "GET", 404, "404"),
        ("/ws/v5/business", "GET", 404, "404"),
        ("/api/v5/account/balance", "GET", 401, "50103"),
        ("/api/v5/market/candles", "POST", 405, "50115"),
    ],
)
def test_other_paths_and_methods(path: str, method: str, status: int, expected: str) -> None:
    bench = Bench()
    answer = bench.get(path, "", method)
    assert (answer.status, json.loads(answer.body)["code"]) == (status, expected)
    if status == 404:
        assert "nearest" in bench.near_misses()[0] or path.startswith("/ws")


def test_the_status_of_bad_parameters_is_a_fact_that_can_be_changed() -> None:
    assert profile().bad_parameter_status == 400
    answer = Bench(bad_parameter_status=200).get(HISTORY, "bar=1m")
    assert (answer.status, json.loads(answer.body)["code"]) == (200, "50014")
