"""Tokens prove themselves: any instance on the seed takes them, for a day."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from mock_exchanges.core.market import Market
from mock_exchanges.kucoin.tokens import Tokens
from tests.mock_exchanges.kucoin.bench import PAIRS, T0, Bench

DAY = 86_400_000


def test_the_shape_is_that_of_real_ones() -> None:
    token = Tokens(1, DAY).issue(T0)
    assert re.fullmatch(r"[A-Za-z0-9_-]{176}\.[A-Za-z0-9_-]{22}==", token)


def test_it_is_a_function_of_seed_and_time() -> None:
    assert Tokens(1, DAY).issue(T0) == Tokens(1, DAY).issue(T0)
    several = {Tokens(seed, DAY).issue(T0 + n) for seed in (1, 2) for n in (0, 1)}
    assert len(several) == 4


def test_it_expires() -> None:
    tokens = Tokens(1, DAY)
    token = tokens.issue(T0)
    assert [tokens.refusal(token, T0 + age) for age in (0, DAY - 1, DAY)] == [
        None, None, "token is expired",
    ]  # fmt: skip


def test_a_changed_one_is_invalid_and_never_expired() -> None:
    tokens = Tokens(1, DAY)
    token = tokens.issue(T0)
    for place in range(0, len(token), 7):
        swapped = "A" if token[place] != "A" else "B"
        changed = token[:place] + swapped + token[place + 1 :]
        assert tokens.refusal(changed, T0 + 2 * DAY) == "token is invalid"
    for changed in ("", ".", token + "=", token[:-1], token.replace(".", ""), "é", "=" * 9, "A"):
        assert tokens.refusal(changed, T0) == "token is invalid"


def test_any_instance_on_the_seed_takes_it_and_no_other() -> None:
    token = Bench(Market(7, PAIRS[:1])).token()
    assert Bench().open(f"/?token={token}").frames[0]["type"] == "welcome"
    foreign = Bench(Market(8, PAIRS)).token()
    refused = Bench().open(f"/?token={foreign}")
    assert refused.frames[0]["data"] == "token is invalid"
    assert refused.ended == (T0, "eof")


@pytest.mark.parametrize("spelled", [lambda token: token, quote, lambda t: quote(t, safe="=")])
def test_it_is_taken_raw_and_percent_encoded(spelled: object) -> None:
    bench = Bench()
    assert callable(spelled)
    client = bench.open(f"/?token={spelled(bench.token())}&connectId=public&privateChannel=false")
    assert client.texts == [(T0, '{"id":"public","type":"welcome"}')]


def test_one_token_serves_reconnects_and_two_connections_at_once() -> None:
    bench = Bench()
    target = f"/?token={bench.token()}&privateChannel=false&connectId=public"
    first, second = bench.open(target), bench.open(target)
    bench.engine.lost(first.connection, bench.now)
    bench.run(T0 + 1_000)
    third = bench.open(target)
    welcome = '{"id":"public","type":"welcome"}'
    assert [client.texts[0][1] for client in (first, second, third)] == [welcome] * 3
    assert second.ended is None


@pytest.mark.parametrize(
    ("host", "secure", "endpoint", "encrypt"),
    [
        ("api.kucoin.com", True, "wss://ws-api-spot.kucoin.com/", True),
        ("api.kucoin.com", False, "wss://ws-api-spot.kucoin.com/", True),
        ("API.kucoin.com:443", True, "wss://ws-api-spot.kucoin.com/", True),
        ("127.0.0.1:8123", False, "ws://127.0.0.1:8123/", False),
        ("localhost:8124", True, "wss://localhost:8124/", True),
        ("[::1]:8124", False, "ws://[::1]:8124/", False),
        ("", False, "wss://ws-api-spot.kucoin.com/", True),
        ('x"y\udc80', False, "wss://ws-api-spot.kucoin.com/", True),
    ],
)
def test_the_endpoint_is_where_one_asked(
    host: str, secure: bool, endpoint: str, encrypt: bool
) -> None:
    headers = {"host": host} if host else {}
    given = Bench().bullet(secure, **headers)
    assert given["instanceServers"] == [
        {"endpoint": endpoint, "encrypt": encrypt, "protocol": "websocket",
         "pingInterval": 18_000, "pingTimeout": 10_000}
    ]  # fmt: skip


def test_in_2022_the_endpoint_had_a_path_and_pings_came_every_50_seconds() -> None:
    (server,) = Bench(date="2022-02-01").bullet()["instanceServers"]
    assert server["endpoint"] == "wss://ws-api.kucoin.com/endpoint"
    assert (server["pingInterval"], server["pingTimeout"]) == (50_000, 10_000)
    (local,) = Bench(date="2022-02-01").bullet(host="mock:1")["instanceServers"]
    assert local["endpoint"] == "ws://mock:1/endpoint"
