"""Three ways to connect: simply, with a login, with a token."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from mock_exchanges.demo import tokens
from tests.mock_exchanges.demo.bench import BTC, MARKET, MINUTE, SECOND, T0, Bench


def signed(ts: int, secret: str = "demo-secret") -> dict[str, Any]:
    sign = hmac.new(secret.encode(), f"{ts}login".encode(), hashlib.sha256).hexdigest()
    return {"key": "demo-key", "ts": ts, "sign": sign}


def login(*arguments: Any) -> dict[str, Any]:
    return {"op": "login", "args": list(arguments)}


@pytest.mark.parametrize(
    "request_",
    [
        login({"key": "demo-key"}),
        login(signed(T0)),
        login(signed(T0 - 30 * SECOND)),
        login(signed(T0 + 30 * SECOND)),
        {"op": "login", "args": {"key": "demo-key"}},
        {"method": "login", "params": [{"key": "demo-key"}]},
    ],
)
def test_a_right_login_opens_the_way_to_candles(request_: dict[str, Any]) -> None:
    client = Bench("login").open()
    assert client.say(request_) == [{"type": "login", "ts": T0}]
    assert [answer["type"] for answer in client.subscribe(BTC)] == ["subscribed", "snapshot"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 40001, "malformed request: a login has one object"),
        (["demo-key"], 40001, "malformed request: a login has one object"),
        ([{}], 40102, "login failed: unknown key"),
        ([{"key": "other"}], 40102, "login failed: unknown key"),
        ([{"key": "demo-key", "ts": T0}], 40102, "login failed: wrong signature"),
        ([{"key": "demo-key", "sign": "x"}], 40102, "login failed: ts is not the time"),
        ([signed(T0 // 1000)], 40102, "login failed: ts is not the time"),
        ([signed(T0 - 30_001)], 40102, "login failed: ts is not the time"),
        ([signed(T0, "other")], 40102, "login failed: wrong signature"),
    ],
)
def test_a_wrong_login_is_refused_and_another_may_be_tried(
    arguments: list[Any], code: int, message: str
) -> None:
    client = Bench("login").open()
    (refusal,) = client.say(login(*arguments))
    assert refusal["code"] == code
    assert refusal["message"].startswith(message)
    assert client.subscribe(BTC)[0]["code"] == 40101
    assert client.say(login(signed(T0)))[0]["type"] == "login"


def test_before_the_login_nothing_can_be_subscribed_and_the_connection_stays() -> None:
    bench = Bench("login")
    client = bench.open()
    assert client.subscribe(BTC, id=4) == [
        {"type": "error", "code": 40101, "message": "log in first", "id": 4}
    ]
    assert client.say({"op": "unsubscribe", "args": [BTC]})[0]["code"] == 40101
    assert client.say({"op": "ping"})[0]["op"] == "pong"
    bench.run(T0 + 9_999)
    assert client.say(login(signed(bench.now)))[0]["type"] == "login"
    client.subscribe(BTC)
    bench.run(T0 + MINUTE)
    assert client.closed is None
    assert client.candles


def test_who_never_logs_in_is_cut_off_after_ten_seconds() -> None:
    bench = Bench("login")
    client = bench.open()
    bench.run(T0 + MINUTE)
    assert client.closed == (T0 + 10 * SECOND, 1008, "login timeout")


@pytest.mark.parametrize("which", [None, "token"])
def test_elsewhere_a_login_is_accepted_and_not_needed(which: str | None) -> None:
    bench = Bench(which)
    client = bench.open(f"/ws?token={tokens.issue(7, T0)}")
    assert client.subscribe(BTC)[0]["type"] == "subscribed"
    assert client.say(login(signed(T0)))[0]["type"] == "login"
    bench.run(T0 + MINUTE)
    assert client.closed is None


def fetch(bench: Bench) -> Any:
    return json.loads(bench.get("/api/v1/token", method="POST").body)


def test_a_token_opens_its_endpoint_for_a_minute_and_outlives_it_open() -> None:
    bench = Bench("token")
    answer = fetch(bench)
    assert (answer["code"], answer["message"], answer["expires_in"]) == (0, "ok", 60)
    assert answer["endpoint"] == "wss://ws.demo-exchange.example/ws"
    target = f"/ws?token={answer['token']}"
    client = bench.open(target)
    assert client.subscribe(BTC)[0]["type"] == "subscribed"
    bench.run(T0 + 59_999)
    bench.open(target)
    bench.run(T0 + MINUTE)
    refused = bench.handshake(target)
    assert isinstance(refused, Response)
    assert refused.status == 401
    assert json.loads(refused.body) == {"code": 40103, "message": "token has expired", "data": []}
    bench.run(T0 + 3 * MINUTE)
    assert client.closed is None


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "is missing"),
        ("tokn=x", "is missing"),
        ("token=", "is not valid"),
        ("token=<coroutine object get_token at 0x7f>", "is not valid"),
        ("token=é.é", "is not valid"),
        (f"token={tokens.issue(8, T0)}", "is not valid"),
        (f"token={tokens.issue(7, T0)}0", "is not valid"),
        (f"token={tokens.issue(7, T0 + 1)}", "is not valid yet"),
        (f"token={tokens.issue(7, T0 - 60_000)}", "has expired"),
    ],
)
def test_without_a_good_token_the_handshake_is_refused(query: str, why: str) -> None:
    refused = Bench("token").handshake(f"/ws?{query}")
    assert isinstance(refused, Response)
    assert refused.status == 401
    assert json.loads(refused.body)["message"] == f"token {why}"


def test_a_token_is_a_function_of_seed_and_time() -> None:
    assert fetch(Bench("token"))["token"] == fetch(Bench())["token"] == tokens.issue(7, T0)
    other = fetch(Bench(market=Market(8, MARKET.pairs.values())))["token"]
    later = fetch(Bench(now=T0 + 1))["token"]
    assert len({tokens.issue(7, T0), other, later}) == 3


def test_a_token_is_fetched_by_post() -> None:
    answer = Bench("token").get("/api/v1/token")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("host", "secure", "endpoint"),
    [
        ("api.demo-exchange.example", True, "wss://ws.demo-exchange.example/ws"),
        ("API.demo-exchange.example:443", True, "wss://ws.demo-exchange.example/ws"),
        ("", True, "wss://ws.demo-exchange.example/ws"),
        ('x"y', True, "wss://ws.demo-exchange.example/ws"),
        ("127.0.0.1:8081", False, "ws://127.0.0.1:8081/ws"),
        ("localhost:8081", True, "wss://localhost:8081/ws"),
        ("[::1]:8081", False, "ws://[::1]:8081/ws"),
    ],
)
def test_the_endpoint_is_where_the_client_can_reach_it(
    host: str, secure: bool, endpoint: str
) -> None:
    answer = Bench("token").get("/api/v1/token", method="POST", secure=secure, host=host)
    assert json.loads(answer.body)["endpoint"] == endpoint
