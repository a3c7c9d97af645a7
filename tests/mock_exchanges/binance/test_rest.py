"""REST: which candles, which errors, what they cost."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import INTERVALS
from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.market import Market
from tests.mock_exchanges.binance.bench import MARKET, MINUTE, PAIRS, T0, Bench, pair

NOW = T0 + 30_500
SYMBOL_RANGE = r"^[\w\-._&&[^a-z]]{1,50}$"
Q = "symbol=BNBUSDT&interval=1m"


def opens(rows: Any) -> list[int]:
    return [row[0] for row in rows]


def minutes(first: int, last: int) -> list[int]:
    """Open times from ``T0 + first`` to ``T0 + last`` minutes, both inclusive."""
    return [T0 + n * MINUTE for n in range(first, last + 1)]


RANGES = [
    # query, the minutes (relative to T0) that come; minute 0 is the running one
    ("limit=1", minutes(0, 0)),
    ("limit=3", minutes(-2, 0)),
    ("", minutes(-499, 0)),
    ("limit=1000", minutes(-999, 0)),
    ("limit=1001", minutes(-999, 0)),
    ("limit=99999999999999999999", minutes(-999, 0)),
    (f"startTime={T0 - 5 * MINUTE}", minutes(-5, 0)),
    (f"startTime={T0 - 5 * MINUTE}&limit=2", minutes(-5, -4)),
    (f"startTime={T0 - 5 * MINUTE + 1}&limit=2", minutes(-4, -3)),
    (f"startTime={T0 - 5 * MINUTE - 1}&limit=2", minutes(-5, -4)),
    (f"startTime={T0 - 2000 * MINUTE}", minutes(-2000, -1501)),
    (f"endTime={T0 - 5 * MINUTE}&limit=2", minutes(-6, -5)),
    (f"endTime={T0 - 5 * MINUTE - 1}&limit=2", minutes(-7, -6)),
    (f"endTime={T0 + 90 * MINUTE}&limit=2", minutes(-1, 0)),
    (f"startTime={T0 - 9 * MINUTE}&endTime={T0 - 5 * MINUTE}", minutes(-9, -5)),
    (f"startTime={T0 - 9 * MINUTE}&endTime={T0 - 5 * MINUTE - 1}", minutes(-9, -6)),
    (f"startTime={T0 - 9 * MINUTE}&endTime={T0}&limit=3", minutes(-9, -7)),
    (f"startTime={T0 - MINUTE}&endTime={T0 - MINUTE}", minutes(-1, -1)),
    (f"startTime={T0 - MINUTE + 1}&endTime={T0 - 1}", []),
    (f"startTime={T0 - MINUTE}&endTime={T0 - 2 * MINUTE}", []),
    (f"startTime={T0}", minutes(0, 0)),
    (f"startTime={T0 + MINUTE}", []),
    (f"startTime={T0 + DAY_MS * 900}", []),
    (f"startTime={T0 // 1000 - 600}&endTime={T0 // 1000}", []),
    ("startTime=0&endTime=1483228800000", []),
    # Microseconds, told by their magnitude.
    (f"startTime={(T0 - 5 * MINUTE) * 1000}&limit=2", minutes(-5, -4)),
    (f"startTime={(T0 - 5 * MINUTE) * 1000 + 1}&limit=2", minutes(-4, -3)),
    (f"endTime={(T0 - 5 * MINUTE) * 1000 + 999}&limit=1", minutes(-5, -5)),
]


@pytest.mark.parametrize(("query", "wanted"), RANGES)
def test_a_range_selects_by_open_time(query: str, wanted: list[int]) -> None:
    rows = Bench(now=NOW).klines(f"{Q}&{query}")
    assert opens(rows) == wanted
    for row in rows:
        candle = MARKET.candle("BNB-USDT", INTERVALS["1m"], row[0])
        if row[0] == T0:
            candle = MARKET.at("BNB-USDT", INTERVALS["1m"], NOW)
        assert candle is not None
        assert row == json.loads(wire.row(candle))


def test_the_first_candle_ever_can_be_asked_for() -> None:
    listed = 1_509_926_400_000  # 2017-11-06
    bench = Bench(now=NOW)
    assert opens(bench.klines(f"{Q}&startTime=0&endTime={NOW}&limit=1")) == [listed]
    assert opens(bench.klines(f"{Q}&startTime=1&limit=2")) == [listed, listed + MINUTE]
    straddling = f"{Q}&startTime={listed - HOUR_MS}&endTime={listed + MINUTE}"
    assert opens(bench.klines(straddling)) == [listed, listed + MINUTE]
    before = f"{Q}&startTime={listed - HOUR_MS}&endTime={listed - 1}"
    assert bench.klines(before) == []
    assert opens(bench.klines(f"{Q}&endTime={listed + MINUTE}")) == [listed, listed + MINUTE]


@pytest.mark.parametrize("path", ["/api/v3/klines", "/api/v3/uiKlines"])
def test_the_running_candle_grows_until_it_is_closed(path: str) -> None:
    bench = Bench(now=T0)
    seen = set()
    for now in range(T0, T0 + MINUTE, 5_000):
        bench.now = now
        (row,) = json.loads(bench.get(path, f"{Q}&limit=1").body)
        assert (row[0], row[6]) == (T0, T0 + MINUTE - 1)
        seen.add(row[8])
    assert len(seen) > 3
    bench.now = T0 + MINUTE
    closed, running = bench.klines(f"{Q}&limit=2")
    candle = MARKET.candle("BNB-USDT", INTERVALS["1m"], T0)
    assert candle is not None
    assert closed == json.loads(wire.row(candle))
    assert running[0] == T0 + MINUTE


def test_rows_have_twelve_elements_of_fixed_types() -> None:
    for row in Bench(now=NOW).klines("symbol=POWRUSDT&interval=1m&limit=50"):
        assert [type(value) for value in row] == [int, *[str] * 5, int, str, int, str, str, str]
        assert row[11] == "0"


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_gives_its_calendar(interval: str) -> None:
    grid = INTERVALS[interval]
    rows = Bench(now=NOW).klines(f"symbol=ETHUSDT&interval={interval}&limit=40")
    assert len(rows) == 40
    assert [row[6] + 1 for row in rows] == [grid.next(row[0]) for row in rows]
    assert [row[6] + 1 for row in rows[:-1]] == opens(rows[1:])
    assert rows[-1][0] == grid.floor(NOW)


ZONES = [
    # timeZone, hours east, the open of the running day
    ("0", 0, 1_784_937_600_000),
    ("8", 8, 1_784_995_200_000),
    ("-1:00", -1, 1_784_941_200_000),
    ("05:45", 5.75, 1_784_916_900_000),
    ("14:00", 14, 1_784_973_600_000),
    ("-12:00", -12, 1_784_980_800_000),
]


@pytest.mark.parametrize(("zone", "hours", "opened"), ZONES)
def test_a_zone_moves_boundaries(zone: str, hours: float, opened: int) -> None:
    rows = Bench(now=NOW).klines(f"symbol=BNBUSDT&interval=1d&limit=3&timeZone={zone}")
    assert opens(rows) == [opened - 2 * DAY_MS, opened - DAY_MS, opened]
    grid = INTERVALS["1d"].shifted(int(hours * HOUR_MS))
    candle = MARKET.candle("BNB-USDT", grid, opened - DAY_MS)
    assert candle is not None
    assert rows[1] == json.loads(wire.row(candle))


def test_halts_are_missing_rows_and_do_not_shorten_pages() -> None:
    halt = T0 - 1500 * MINUTE, T0 - 3 * MINUTE
    bench = Bench(Market(7, PAIRS, halts=[halt]), NOW)
    after = minutes(-3, 0)
    assert opens(bench.klines(f"{Q}&limit=6")) == minutes(-1502, -1501) + after
    oldest = f"{Q}&startTime={T0 - 1502 * MINUTE}&limit=5"
    assert opens(bench.klines(oldest)) == minutes(-1502, -1501) + minutes(-3, -1)
    inside = f"{Q}&startTime={halt[0]}&endTime={halt[1] - 1}"
    assert bench.klines(inside) == []


def test_microseconds_by_header() -> None:
    bench = Bench(now=NOW)
    for unit in ("MICROSECOND", "microsecond"):
        (row,) = bench.klines(f"{Q}&limit=1&endTime={T0 - 1}", x_mbx_time_unit=unit)
        assert (row[0], row[6]) == ((T0 - MINUTE) * 1000, T0 * 1000 - 1)
    (row,) = bench.klines(f"{Q}&limit=1&endTime={T0 - 1}", x_mbx_time_unit="MILLISECOND")
    assert row[0] == T0 - MINUTE
    body = json.loads(bench.get("/api/v3/time", x_mbx_time_unit="MICROSECOND").body)
    assert body == {"serverTime": NOW * 1000}


def mandatory(name: str) -> tuple[int, str]:
    return -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


def illegal(name: str, legal: str) -> tuple[int, str]:
    return -1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."


def unread(read: int, sent: int) -> tuple[int, str]:
    return (
        -1104,
        f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.",
    )


NUMBER = "^[0-9]{1,20}$"
BAD_ZONE = (-1130, "Data sent for parameter 'timeZone' is not valid.")
ERRORS = [
    ("", mandatory("symbol")),
    ("fromId=1", mandatory("symbol")),
    ("interval=1m", mandatory("symbol")),
    ("symbol=BNBUSDT", mandatory("interval")),
    ("symbol=bnbusdt", mandatory("interval")),
    ("symbol=bnbusdt&interval=1m", illegal("symbol", SYMBOL_RANGE)),
    ("symbol=BNB/USDT&interval=1m", illegal("symbol", SYMBOL_RANGE)),
    (f"symbol={'A' * 51}&interval=1m", illegal("symbol", SYMBOL_RANGE)),
    ("symbol=BNBUSDT%0A&interval=1m", illegal("symbol", SYMBOL_RANGE)),
    ("symbol=BNB-USDT&interval=1m", (-1121, "Invalid symbol.")),
    ("symbol=NOSUCH&interval=1m", (-1121, "Invalid symbol.")),
    ("symbol=BNBUSDT&interval=2m", (-1120, "Invalid interval.")),
    ("symbol=BNBUSDT&interval=1H", (-1120, "Invalid interval.")),
    ("symbol=BNBUSDT&interval=1-m", illegal("interval", "^[a-zA-Z0-9]{1,36}$")),
    (f"{Q}&startTime=None", illegal("startTime", NUMBER)),
    (f"{Q}&startTime=-1", illegal("startTime", NUMBER)),
    (f"{Q}&endTime=1.7e12", illegal("endTime", NUMBER)),
    (f"{Q}&endTime=1700000000000.0", illegal("endTime", NUMBER)),
    (f"{Q}&endTime={'1' * 21}", illegal("endTime", NUMBER)),
    (f"{Q}&endTime=%D9%A1", illegal("endTime", NUMBER)),
    (f"{Q}&limit=ten", illegal("limit", NUMBER)),
    (f"{Q}&limit=0", mandatory("limit")),
    (f"{Q}&start_time=1", unread(2, 3)),
    (f"{Q}&limit=5&a=1&b=2", unread(3, 5)),
    (f"{Q}&start_time=1&limit=x", illegal("limit", NUMBER)),
    (f"{Q}&limit=5&limit=5", (-1101, "Duplicate values for a parameter detected.")),
    ("symbol=&interval=1m", (-1105, "Parameter 'symbol' was empty.")),
    (f"{Q}&limit=", (-1105, "Parameter 'limit' was empty.")),
    (f"{Q}&timeZone=15", BAD_ZONE),
    (f"{Q}&timeZone=-12:01", BAD_ZONE),
    (f"{Q}&timeZone=1:75", BAD_ZONE),
    (f"{Q}&timeZone=Asia/Shanghai", BAD_ZONE),
    (f"{Q}&timeZone=+8", BAD_ZONE),
]


@pytest.mark.parametrize("path", ["/api/v3/klines", "/api/v3/uiKlines"])
@pytest.mark.parametrize(("query", "error"), ERRORS)
def test_wrong_queries(path: str, query: str, error: tuple[int, str]) -> None:
    answer = Bench(now=NOW).get(path, query)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    wanted = {"code": error[0], "msg": error[1]}
    assert answer.body.decode() == json.dumps(wanted, separators=(",", ":"))


def test_wrong_headers() -> None:
    bench = Bench()
    answer = bench.get("/api/v3/time", x_mbx_time_unit="NANOSECOND")
    assert (answer.status, json.loads(answer.body)["code"]) == (400, -1194)
    answer = bench.get("/api/v3/klines", Q, accept="application/sbe")
    assert json.loads(answer.body) == {"code": -1155, "msg": "SBE is not enabled."}


def test_ping_and_time() -> None:
    bench = Bench()
    assert bench.get("/api/v3/ping").body == b"{}"
    assert bench.get("/api/v3/time").body == b'{"serverTime":%d}' % T0
    for path in ("/api/v3/ping", "/api/v3/time"):
        answer = bench.get(path, "x=1")
        assert answer.status == 400
        assert json.loads(answer.body) == {
            "code": -1101,
            "msg": "Too many parameters; expected '0' and received '1'.",
        }


def test_exchange_info_has_what_clients_read() -> None:
    info = json.loads(Bench().get("/api/v3/exchangeInfo").body)
    assert list(info) == ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"]
    assert info["rateLimits"][0] == {
        "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000,
    }  # fmt: skip
    assert [entry["symbol"] for entry in info["symbols"]] == [wire.symbol(p) for p in PAIRS]
    entry = info["symbols"][2]
    assert (entry["baseAsset"], entry["quoteAsset"]) == ("POWR", "USDT")
    assert entry["status"] == "TRADING"
    assert entry["permissionSets"] == [["SPOT"]]
    assert entry["filters"][0]["filterType"] == "PRICE_FILTER"
    assert entry["filters"][0]["tickSize"] == "0.00010000"
    assert entry["filters"][1]["stepSize"] == "0.10000000"


@pytest.mark.parametrize(
    ("query", "symbols"),
    [
        ("symbol=BNBUSDT", ["BNBUSDT"]),
        ("symbols=%5B%22ETHUSDT%22,%22BNBUSDT%22%5D", ["ETHUSDT", "BNBUSDT"]),
        ('symbols=["ETHUSDT"]', ["ETHUSDT"]),
        ("permissions=SPOT&showPermissionSets=true", [wire.symbol(p) for p in PAIRS]),
        ("symbolStatus=TRADING", [wire.symbol(p) for p in PAIRS]),
        ("symbolStatus=BREAK", []),
    ],
)
def test_exchange_info_of_some(query: str, symbols: list[str]) -> None:
    info = json.loads(Bench().get("/api/v3/exchangeInfo", query).body)
    assert [entry["symbol"] for entry in info["symbols"]] == symbols


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=NOSUCH", -1121),
        ("symbol=bnbusdt", -1100),
        ('symbols=["BNBUSDT","BNBUSDT"]', -1151),
        ('symbols=["BNBUSDT","NOSUCH"]', -1121),
        ("symbols=BNBUSDT", -1100),
        ('symbols=["bnbusdt"]', -1100),
        ("symbols=[[]]", -1100),
        ("symbols=" + "[" * 5000, -1100),
        ('symbol=BNBUSDT&symbols=["BNBUSDT"]', -1128),
        ("symbol=BNBUSDT&x=1", -1104),
        ("symbol=", -1105),
        ("symbolStatus=CLOSED", -1130),
    ],
)
def test_exchange_info_errors(query: str, code: int) -> None:
    answer = Bench().get("/api/v3/exchangeInfo", query)
    assert (answer.status, json.loads(answer.body)["code"]) == (400, code)


def test_pairs_that_do_not_trade_are_on_break() -> None:
    market = Market(7, [pair("BNB"), pair("NEW", listed=date(2026, 7, 26))],
                    halts=[(T0 + MINUTE, T0 + 2 * MINUTE)])  # fmt: skip
    bench = Bench(market)
    statuses = []
    for now in (T0, T0 + MINUTE, T0 + 2 * MINUTE, T0 + DAY_MS):
        bench.now = now
        info = json.loads(bench.get("/api/v3/exchangeInfo").body)
        statuses.append([entry["status"] for entry in info["symbols"]])
    assert statuses == [
        ["TRADING", "BREAK"], ["BREAK", "BREAK"], ["TRADING", "BREAK"], ["TRADING", "TRADING"],
    ]  # fmt: skip


def test_an_end_in_the_next_candle_is_the_running_one() -> None:
    bench = Bench(now=T0 + 55_000)
    assert opens(bench.klines(f"{Q}&limit=2&endTime={T0 + DAY_MS}")) == minutes(-1, 0)


def test_ticker_price_of_a_halted_pair_is_its_last() -> None:
    bench = Bench(Market(7, PAIRS, halts=[(T0, T0 + MINUTE)]), NOW)
    candle = MARKET.candle("BNB-USDT", INTERVALS["1m"], T0 - MINUTE)
    assert candle is not None
    body = json.loads(bench.get("/api/v3/ticker/price", "symbol=BNBUSDT").body)
    assert body["price"] == f"{candle.decimal('close'):.8f}"


def test_ticker_price_of_a_pair_not_listed_yet() -> None:
    bench = Bench(Market(7, [pair("BNB"), pair("NEW", listed=date(2026, 8, 26))]))
    assert bench.get("/api/v3/ticker/price", "symbol=NEWUSDT").status == 400
    assert len(json.loads(bench.get("/api/v3/ticker/price").body)) == 1


def test_ticker_price() -> None:
    bench = Bench(now=NOW)
    candle = MARKET.at("BNB-USDT", INTERVALS["1m"], NOW)
    assert candle is not None
    price = {"symbol": "BNBUSDT", "price": f"{candle.decimal('close'):.8f}"}
    assert json.loads(bench.get("/api/v3/ticker/price", "symbol=BNBUSDT").body) == price
    every = json.loads(bench.get("/api/v3/ticker/price").body)
    assert [entry["symbol"] for entry in every] == [wire.symbol(p) for p in PAIRS]
    assert every[0] == price
    some = json.loads(bench.get("/api/v3/ticker/price", 'symbols=["BNBUSDT"]').body)
    assert some == [price]
    assert bench.get("/api/v3/ticker/price", "symbol=NOSUCH").status == 400


@pytest.mark.parametrize(
    ("path", "query", "weight"),
    [
        ("/api/v3/klines", Q, 2),
        ("/api/v3/klines", f"{Q}&limit=1000", 2),
        ("/api/v3/uiKlines", Q, 2),
        ("/api/v3/ping", "", 1),
        ("/api/v3/time", "", 1),
        ("/api/v3/exchangeInfo", "", 20),
        ("/api/v3/ticker/price", "symbol=BNBUSDT", 2),
        ("/api/v3/ticker/price", "", 4),
        ("/api/v3/klines", "symbol=x", 2),
    ],
)
def test_weights_are_charged_and_told(path: str, query: str, weight: int) -> None:
    bench = Bench()
    for n in (1, 2):
        headers = bench.get(path, query).headers
        assert headers["x-mbx-used-weight"] == headers["x-mbx-used-weight-1m"] == str(weight * n)
    bench.now += MINUTE
    assert bench.get(path, query).headers["x-mbx-used-weight"] == str(weight)


def test_over_the_budget_429_then_418() -> None:
    bench = Bench(now=T0 + 20_000)
    for _ in range(300):
        assert bench.get("/api/v3/exchangeInfo").status == 200
    answer = bench.get("/api/v3/ping")
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "40"
    assert answer.headers["x-mbx-used-weight-1m"] == "6001"
    assert json.loads(answer.body) == {
        "code": -1003,
        "msg": "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
    }
    for _ in range(19):
        assert bench.get("/api/v3/ping").status == 429
    bench.now += 1
    answer = bench.get("/api/v3/ping")
    until = bench.now + 120_000
    assert answer.status == 418
    assert answer.headers["Retry-After"] == "120"
    assert "x-mbx-used-weight" in answer.headers
    assert json.loads(answer.body)["msg"] == (
        f"Way too much request weight used; IP banned until {until}. "
        "Please use WebSocket Streams for live updates to avoid bans."
    )
    bench.now = until - 8_500
    assert bench.get("/api/v3/ping").headers["Retry-After"] == "9"
    refused = bench.handshake("/ws")
    assert getattr(refused, "status", None) == 418
    bench.now = until
    assert bench.get("/api/v3/ping").status == 200


def test_bans_double_up_to_three_days() -> None:
    bench = Bench(weight_limit=1, ban_after=2)
    lengths = []
    for _ in range(14):
        statuses = [bench.get("/api/v3/ping").status for _ in range(4)]
        assert statuses == [200, 429, 429, 418]
        bench.now = int(bench.get("/api/v3/ping").headers["Retry-After"]) * 1000 + bench.now
        lengths.append(bench.now)
    waits = [b - a for a, b in zip([T0, *lengths], lengths, strict=False)]
    assert waits == [min(120_000 << n, 3 * DAY_MS) for n in range(14)]


def test_a_minute_over_budget_is_forgiven_by_the_clock() -> None:
    bench = Bench(now=T0 + 59_000)
    for _ in range(301):
        last = bench.get("/api/v3/exchangeInfo").status
    assert last == 429
    for _ in range(19):
        assert bench.get("/api/v3/ping").status == 429
    bench.now = T0 + MINUTE
    for _ in range(300):
        assert bench.get("/api/v3/exchangeInfo").status == 200
    assert bench.get("/api/v3/ping").status == 429


def test_without_limits_weight_is_counted_and_never_refused() -> None:
    bench = Bench(limits=False)
    for _ in range(400):
        answer = bench.get("/api/v3/exchangeInfo")
    assert answer.status == 200
    assert answer.headers["x-mbx-used-weight"] == "8000"


@pytest.mark.parametrize("path", ["/api/v3/kline", "/api/v1/klines", "/fapi/v1/exchangeInfo",
                                  "/dapi/v1/exchangeInfo", "/", "", "/API/V3/klines"])  # fmt: skip
def test_unknown_paths(path: str) -> None:
    bench = Bench()
    answer = bench.get(path)
    assert (answer.status, answer.body) == (404, b"")
    (miss,) = bench.near_misses()
    assert path in miss
    if path == "/api/v3/kline":
        assert "nearest is /api/v3/klines" in miss
    assert b"404 Not found" in bench.get(path, accept="text/html,*/*").body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
def test_other_methods_are_refused(method: str) -> None:
    answer = Bench().get("/api/v3/klines", Q, method)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


def test_the_same_requests_give_the_same_bytes() -> None:
    def answers() -> list[Any]:
        bench = Bench(now=NOW)
        return [bench.get("/api/v3/klines", f"{Q}&limit={n}") for n in range(1, 9)]

    assert answers() == answers()
    assert len({answer.headers["x-mbx-uuid"] for answer in answers()}) == 8
