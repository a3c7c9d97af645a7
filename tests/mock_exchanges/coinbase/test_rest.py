"""REST: which candles a request gives, and what is said to a wrong one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_exchanges.coinbase import tokens, wire
from mock_exchanges.coinbase.profile import INTERVALS, profile
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.market import Market
from tests.mock_exchanges.coinbase.bench import (
    BUCKET,
    MARKET,
    MINUTE,
    OPENED,
    PAIRS,
    ROOT,
    T0,
    Bench,
)

NOW = T0 // 1000


def query(granularity: str, start: int, end: int, **other: Any) -> str:
    """Return a query; times are milliseconds."""
    asked = {"start": start // 1000, "end": end // 1000, "granularity": granularity, **other}
    return "&".join(f"{name}={value}" for name, value in asked.items())


def starts(rows: Any) -> list[int]:
    return [int(row["start"]) * 1000 for row in rows]


def said(answer: Any) -> tuple[int, Any, Any]:
    body = json.loads(answer.body)
    assert list(body) == ["error", "error_details", "message"]
    assert body["error_details"] == body["message"]
    return answer.status, body["error"], body["message"]


@pytest.mark.parametrize("name", INTERVALS)
def test_rows_are_the_ledgers_newest_first(name: str) -> None:
    bench, grid = Bench(), INTERVALS[name]
    last = grid.previous(grid.floor(T0))
    first = grid.back(last, 40)
    rows = bench.rows(query(name, first, last))
    expected = [wire.row(c) for c in MARKET.candles("BTC-USD", grid, first, last + 1) if c.trades]
    assert [json.dumps(row, separators=(",", ":")) for row in rows] == expected[::-1]
    assert len(rows) == 41


def test_the_undocumented_week_is_answered() -> None:
    rows = Bench().rows(query("ONE_WEEK", T0 - 30 * 86_400_000, T0))
    assert {(at // 86_400_000 + 3) % 7 for at in starts(rows)} == {0}  # Mondays


def test_both_ends_are_inclusive() -> None:
    rows = Bench().rows(query("FIVE_MINUTE", OPENED - 3 * BUCKET, OPENED - BUCKET))
    assert starts(rows) == [OPENED - n * BUCKET for n in (1, 2, 3)]


def test_a_start_inside_a_bucket_leaves_it_out() -> None:
    rows = Bench().rows(query("FIVE_MINUTE", OPENED - 3 * BUCKET + 1_000, OPENED - BUCKET - 1_000))
    assert starts(rows) == [OPENED - 2 * BUCKET]


def test_the_running_bucket_is_there_if_it_is_asked_for() -> None:
    bench = Bench()
    for end in (OPENED, T0, T0 + 10 * BUCKET):
        rows = bench.rows(query("FIVE_MINUTE", OPENED - BUCKET, end))
        assert starts(rows) == [OPENED, OPENED - BUCKET]
        candle = MARKET.at("BTC-USD", INTERVALS["FIVE_MINUTE"], T0)
        assert candle is not None
        assert rows[0] == json.loads(wire.row(candle))


def test_minutes_without_trades_have_no_row() -> None:
    rows = Bench().rows(query("ONE_MINUTE", T0 - 300 * MINUTE, T0 - MINUTE), "POWR-USD")
    candles = MARKET.candles("POWR-USD", INTERVALS["ONE_MINUTE"], T0 - T0 % MINUTE - 299 * MINUTE,
                             T0 - T0 % MINUTE)  # fmt: skip
    assert starts(rows) == [c.open_ms for c in reversed(candles) if c.trades]
    assert 30 < len(rows) < 200


def test_a_range_with_nothing_in_it_is_an_empty_list() -> None:
    bench = Bench()
    future, old = T0 + 100 * MINUTE, 1_300_000_000_000
    for begin in (future, old):
        assert bench.candles(query("ONE_MINUTE", begin, begin + MINUTE)).body == b'{"candles":[]}'


def test_halted_minutes_have_no_row() -> None:
    halt = (OPENED - 2 * BUCKET, OPENED - BUCKET)
    rows = Bench(Market(7, PAIRS, [halt])).rows(query("FIVE_MINUTE", OPENED - 3 * BUCKET, OPENED))
    assert starts(rows) == [OPENED, OPENED - BUCKET, OPENED - 3 * BUCKET]


@pytest.mark.parametrize(
    ("begin", "end", "right"),
    [(0, 349, True), (0, 350, False), (-0.5, 349.5, True), (-0.5, 350, False), (0, 399, False)],
)
def test_at_most_350_open_times(begin: float, end: float, right: bool) -> None:
    base = OPENED - 500 * BUCKET
    asked = query("FIVE_MINUTE", base + int(begin * BUCKET), base + int(end * BUCKET))
    answer = Bench().candles(asked)
    if right:
        assert (answer.status, len(json.loads(answer.body)["candles"])) == (200, 350)
    else:
        assert said(answer) == (
            400, "INVALID_ARGUMENT",
            "start and end argument is invalid - number of candles requested should be less than "
            "350",
        )  # fmt: skip


@pytest.mark.parametrize(("limit", "rows"), [(1, 1), (7, 7), (0, 20), (350, 20), (9999, 20)])
def test_a_limit_keeps_the_newest(limit: int, rows: int) -> None:
    asked = query("FIVE_MINUTE", OPENED - 19 * BUCKET, OPENED, limit=limit)
    assert starts(Bench().rows(asked)) == [OPENED - n * BUCKET for n in range(rows)]


def unreadable(field: str, why: str) -> tuple[int, str, str]:
    return 400, "unknown", f'parsing field "{field}": {why}'


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (f"start={NOW - 60}&end={NOW}&granularity=THREE_HOUR",
         unreadable("granularity", '"THREE_HOUR" is not a valid value')),
        (f"start={NOW - 60}&end={NOW}&granularity=5m",
         unreadable("granularity", '"5m" is not a valid value')),
        (f"start={NOW - 60}&end={NOW}&granularity=one_minute",
         unreadable("granularity", '"one_minute" is not a valid value')),
        (f"start={NOW - 60}&end={NOW}",
         (400, "INVALID_ARGUMENT", "granularity argument is invalid ")),
        (f"start={NOW - 60}&end={NOW}&granularity=UNKNOWN_GRANULARITY",
         (400, "INVALID_ARGUMENT", "granularity argument is invalid ")),
        (f"end={NOW}&granularity=ONE_MINUTE",
         (400, "INVALID_ARGUMENT", "start argument is invalid ")),
        (f"start={NOW}&granularity=ONE_MINUTE",
         (400, "INVALID_ARGUMENT", "end argument is invalid ")),
        (f"start=2026-03-02T14:00:00Z&end={NOW}&granularity=ONE_MINUTE",
         (400, "INVALID_ARGUMENT", "start argument is invalid ")),
        (f"start={NOW - 60}.5&end={NOW}&granularity=ONE_MINUTE",
         (400, "INVALID_ARGUMENT", "start argument is invalid ")),
        (f"start=1&end={10**19}&granularity=ONE_MINUTE",
         (400, "INVALID_ARGUMENT", "end argument is invalid ")),
        (f"start={NOW}&end={NOW - 60}&granularity=ONE_MINUTE",
         (400, "INVALID_ARGUMENT", "start and end argument is invalid ")),
        (f"start={NOW - 60}&end={NOW}&granularity=ONE_MINUTE&limit=abc",
         unreadable("limit", 'strconv.ParseInt: parsing "abc": invalid syntax')),
        (f"start={NOW - 60}&end={NOW}&granularity=ONE_MINUTE&limit={2**31}",
         unreadable("limit", f'strconv.ParseInt: parsing "{2**31}": value out of range')),
        (f"start={NOW - 60}&start={NOW}&end={NOW}&granularity=ONE_MINUTE",
         (400, "unknown", f'too many values for field "start": {NOW - 60}, {NOW}')),
    ],
)  # fmt: skip
def test_a_wrong_parameter_is_told(asked: str, answer: object) -> None:
    assert said(Bench().candles(asked)) == answer


def test_milliseconds_are_seconds_far_away() -> None:
    answer = Bench().candles(f"start={T0 - 20_000}&end={T0}&granularity=ONE_MINUTE")
    assert answer.body == b'{"candles":[]}'


def test_unknown_parameters_are_ignored() -> None:
    asked = query("ONE_MINUTE", T0 - 5 * MINUTE, T0)
    assert Bench().rows(f"{asked}&symbol=x&startTime=1") == Bench().rows(asked)


def test_unknown_products() -> None:
    bench = Bench()
    answer = bench.candles(query("ONE_MINUTE", T0 - MINUTE, T0), "BTCUSD")
    assert said(answer) == (404, "NOT_FOUND", "valid product_id is required")
    assert bench.near_misses() == ["no product 'BTCUSD'; nearest is 'BTC-USD'"]
    answer = bench.get(f"{ROOT}/market/products/NOPE-USD")
    assert said(answer) == (404, "NOT_FOUND", "Product NOPE-USD not supported")


def test_an_alias_gives_the_books_candles() -> None:
    bench = Bench()
    asked = query("FIVE_MINUTE", OPENED - 5 * BUCKET, OPENED)
    assert bench.rows(asked, "BTC-USDC") == bench.rows(asked)
    assert bench.candles(asked, "USDT-USD").status == 404


def test_the_private_twin_gives_the_same() -> None:
    bench, path = Bench(), f"{ROOT}/products/BTC-USD/candles"
    asked = query("FIVE_MINUTE", OPENED - 5 * BUCKET, OPENED)
    token = tokens.issue(tokens.ED25519_KEY, T0, f"GET api.coinbase.com{path}")
    answer = bench.get(path, asked, authorization=f"Bearer {token}")
    assert answer.body == bench.candles(asked).body
    assert "Cache-Control" not in answer.headers
    refused = bench.get(path, asked)
    assert (refused.status, refused.body) == (401, b"Unauthorized")


def test_public_answers_are_up_to_a_second_old() -> None:
    second = next(at for at in MARKET.trade_times("BTC-USD", T0 - T0 % MINUTE) if at > T0) // 1000
    bench = Bench(now=second * 1000 + 999)
    asked = query("FIVE_MINUTE", OPENED, T0)
    path = f"{ROOT}/market/products/BTC-USD/candles"
    (kept,), (new,) = (
        json.loads(bench.get(path, asked, "GET", False, **headers).body)["candles"]
        for headers in ({}, {"cache_control": "no-cache"})
    )
    grid = INTERVALS["FIVE_MINUTE"]
    before, after = (MARKET.at("BTC-USD", grid, at) for at in (second * 1000, bench.now))
    assert before is not None and after is not None
    assert [kept, new] == [json.loads(wire.row(before)), json.loads(wire.row(after))]
    assert kept != new
    assert bench.get(path, asked).headers["Cache-Control"] == "public, max-age=14400"


def test_a_get_may_have_a_body() -> None:
    bench = Bench()
    headers = {"content-type": "application/json", "content-length": "2"}
    request = Request("GET", f"{ROOT}/time", "", headers, b"{}")
    answer = bench.engine.request(request, T0)
    assert isinstance(answer, Response)
    assert answer.status == 200


def test_ten_requests_in_a_second() -> None:
    bench = Bench()
    answers = [bench.get(f"{ROOT}/time") for _ in range(11)]
    assert [answer.status for answer in answers] == [200] * 10 + [429]
    body = {"errors": [{"id": "rate_limit_exceeded", "message": "Too many requests"}]}
    assert json.loads(answers[10].body) == body
    assert not {name.lower() for name in answers[10].headers} & {"retry-after"}
    bench.now += 1_000
    assert bench.get(f"{ROOT}/time").status == 200
    free = Bench(limits=False)
    assert {free.get(f"{ROOT}/time").status for _ in range(50)} == {200}


def test_times() -> None:
    bench = Bench(now=T0 + 870)
    answer = json.loads(bench.get(f"{ROOT}/time", cache_control="no-cache").body)
    assert answer == {
        "iso": "2026-03-02T14:52:30Z", "epochSeconds": str(NOW), "epochMillis": str(T0 + 870)
    }  # fmt: skip
    old = {"data": {"iso": "2026-03-02T14:52:30Z", "epoch": NOW}}
    assert json.loads(bench.get("/v2/time").body) == old


def test_products() -> None:
    bench = Bench()
    listing = json.loads(bench.get(f"{ROOT}/market/products", "get_all_products=False").body)
    ids = [product["product_id"] for product in listing["products"]]
    assert ids == ["BTC-USD", "BTC-USDC", "ETH-USD", "ETH-USDC", "POWR-USD", "POWR-USDC",
                   "SHIB-USD", "SHIB-USDC", "USDT-USDC"]  # fmt: skip
    assert listing["num_products"] == len(ids)
    by_id = {product["product_id"]: product for product in listing["products"]}
    aliases = {id: (by_id[id]["alias"], by_id[id]["alias_to"]) for id in ids[:2]}
    assert aliases == {"BTC-USD": ("", ["BTC-USDC"]), "BTC-USDC": ("BTC-USD", [])}
    assert (by_id["SHIB-USD"]["quote_increment"], by_id["SHIB-USD"]["base_increment"]) == (
        "0.00000001", "1",
    )  # fmt: skip
    day = MARKET.at("ETH-USD", INTERVALS["ONE_DAY"], T0)
    assert day is not None
    assert float(by_id["ETH-USD"]["price"]) == float(day.decimal("close"))
    for name in ids:
        one = json.loads(bench.get(f"{ROOT}/market/products/{name}").body)
        assert one == by_id[name]
        bench.now += 200


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("product_type=FUTURE", []),
        ("product_type=SPOT&limit=2", ["BTC-USD", "BTC-USDC"]),
        ("limit=2&offset=7", ["SHIB-USDC", "USDT-USDC"]),
        ("product_ids=ETH-USD&product_ids=NOPE", ["ETH-USD"]),
    ],
)
def test_a_part_of_the_list(asked: str, ids: list[str]) -> None:
    answer = json.loads(Bench().get(f"{ROOT}/market/products", asked).body)
    assert [product["product_id"] for product in answer["products"]] == ids
    assert answer["num_products"] == len(ids)


def test_a_wrong_product_type() -> None:
    answer = Bench().get(f"{ROOT}/market/products", "product_type=spot")
    assert said(answer) == unreadable("product_type", '"spot" is not a valid value')


def test_a_halted_product_is_disabled() -> None:
    halted = Bench(Market(7, PAIRS, [(OPENED, OPENED + BUCKET)]))
    answers = [json.loads(bench.get(f"{ROOT}/market/products/BTC-USD").body)["trading_disabled"]
               for bench in (Bench(), halted)]  # fmt: skip
    assert answers == [False, True]


def test_currencies_and_rates() -> None:
    bench = Bench()
    money, assets, rates = (
        json.loads(bench.get(path).body)["data"]
        for path in ("/v2/currencies", "/v2/currencies/crypto", "/v2/exchange-rates")
    )
    assert [item["id"] for item in money] == ["USD", "EUR", "GBP"]
    assert [item["code"] for item in assets] == ["BTC", "USDC", "ETH", "POWR", "SHIB", "USDT"]
    assert all(isinstance(item["name"], str) for item in (*money, *assets))
    assert rates["currency"] == "USD"
    day = MARKET.at("BTC-USD", INTERVALS["ONE_DAY"], T0)
    assert day is not None
    assert float(rates["rates"]["BTC"]) * float(day.decimal("close")) == pytest.approx(1)
    assert rates["rates"]["USDC"] == "1"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/api/v3/time", "/api/v3/brokerage/time"),
        ("/api/v3/brokerage/market/product", "/api/v3/brokerage/market/products"),
        ("/products/BTC-USD/candles", "candles"),
        ("/api/v3/brokerage/market/products/BTC-USD/candles/", "candles"),
    ],
)
def test_an_unknown_path_is_not_found_and_the_nearest_named(path: str, near: str) -> None:
    bench = Bench()
    assert bench.get(path).status == 404
    assert near in bench.near_misses()[0]


def test_only_get() -> None:
    answer = Bench().get(f"{ROOT}/time", method="POST")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def test_scopes_and_guesses_have_a_body() -> None:
    failures = Bench().exchange.samples.rest_failures()
    scopes = failures["HTTP 403 with an error object"]
    assert b'"error_details":"Missing required scopes"' in scopes.body  # what the SDK looks for
    assert json.loads(profile().too_many_requests)
