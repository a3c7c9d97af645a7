"""Logging in: the signature, its time, and what follows from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from mock_exchanges.okx.login import TEST_KEY, Accounts, Key
from mock_exchanges.okx.profile import BUSINESS, PRIVATE, PUBLIC
from tests.mock_exchanges.okx.bench import T0, Bench, Client, code

NOW = T0 // 1000


def login(stamp: Any = str(NOW), key: Key = TEST_KEY, **changed: Any) -> dict[str, Any]:
    sent = {"apiKey": key.api_key, "passphrase": key.passphrase, "timestamp": stamp,
            "sign": key.sign(str(stamp))}  # fmt: skip
    return {"op": "login", "args": [sent | changed]}


def test_the_signature_is_the_documented_one() -> None:
    text = f"{NOW}GET/users/self/verify".encode()
    made = hmac.new(b"mock-secret", text, hashlib.sha256).digest()
    assert TEST_KEY.sign(str(NOW)) == base64.b64encode(made).decode()


@pytest.mark.parametrize("path", [PRIVATE, BUSINESS])
@pytest.mark.parametrize("stamp", [str(NOW), NOW, str(NOW - 30), str(NOW + 30)])
def test_a_right_login_is_confirmed(path: str, stamp: Any) -> None:
    client = Bench().open(path)
    (answer,) = client.say(login(stamp))
    frame = json.loads(answer)
    assert list(frame) == ["event", "code", "msg", "connId"]
    assert (frame["event"], frame["code"], frame["msg"]) == ("login", "0", "")
    assert code(client.say(login(stamp))[0]) == "60031"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (login("soon"), "60004"),
        (login(None), "60004"),
        (login(True), "60004"),
        (login("9" * 13), "60004"),
        (login(apiKey=""), "60005"),
        (login(apiKey="other"), "60032"),
        (login(str(NOW - 31)), "60006"),
        (login(str(NOW + 31)), "60006"),
        (login(str(T0)), "60004"),
        (login(passphrase="other"), "60024"),
        (login(sign="other"), "60007"),
        (login(sign=None), "60007"),
        ({"op": "login", "args": []}, "60013"),
    ],
)
def test_wrong_logins(message: Any, expected: str) -> None:
    client = Bench().open(PRIVATE)
    (answer,) = client.say(message)
    assert code(answer) == expected
    assert code(client.subscribe("orders")[0]) == "60011"
    assert len(client.say(login())) == 1


def test_there_is_no_login_on_public() -> None:
    assert code(Bench().open(PUBLIC).say(login())[0]) == "60028"


def logged_in(bench: Bench) -> Client:
    client = bench.open(PRIVATE)
    client.say(login())
    return client


def test_private_channels_tell_how_many_connections_have_them() -> None:
    bench = Bench(limits=False)
    clients = [logged_in(bench) for _ in range(31)]
    counts = []
    for client in clients[:30]:
        confirmed, counted = map(json.loads, client.subscribe("orders"))
        assert confirmed["event"] == "subscribe"
        assert (counted["event"], counted["channel"]) == ("channel-conn-count", "orders")
        counts.append(counted["connCount"])
    assert counts == [str(n) for n in range(1, 31)]
    confirmed, refused = map(json.loads, clients[30].subscribe("orders"))
    assert confirmed["event"] == "subscribe"
    assert (refused["event"], refused["connCount"]) == ("channel-conn-count-error", "30")
    bench.engine.lost(clients[0].connection, T0)
    assert json.loads(clients[30].subscribe("orders")[1])["connCount"] == "30"
    clients[1].subscribe("orders", op="unsubscribe")
    assert json.loads(clients[1].subscribe("orders")[1])["connCount"] == "30"


def test_other_private_channels_are_not_counted() -> None:
    client = logged_in(Bench())
    assert len(client.subscribe("fills")) == 1


def test_orders_are_taken_nowhere() -> None:
    bench = Bench()
    order = {"op": "order", "args": [{"instId": "BTC-USDT"}]}
    assert code(bench.open(PRIVATE).say(order)[0]) == "60011"
    assert code(logged_in(bench).say(order)[0]) == "60028"


def test_candles_are_not_for_private() -> None:
    assert code(logged_in(Bench()).subscribe("candle1m:BTC-USDT")[0]) == "60018"


def test_nothing_is_left_of_connections_that_ended() -> None:
    accounts = Accounts(TEST_KEY)
    assert [accounts.opened(TEST_KEY, "orders", n) for n in (1, 2, 2)] == [1, 2, 2]
    for n in (1, 2, 3):
        accounts.closed(TEST_KEY, "orders", n)
    assert accounts._open == {}
