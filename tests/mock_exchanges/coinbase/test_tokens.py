"""Tokens: who may, and that everything wrong with one is noticed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.coinbase import tokens
from mock_exchanges.coinbase.profile import profile
from mock_exchanges.coinbase.tokens import ED25519_KEY, ES256_KEY, BadToken
from tests.mock_exchanges.coinbase.bench import ROOT, T0, Bench, error, listed

KEYS = [ES256_KEY, ED25519_KEY]
URI = f"GET api.coinbase.com{ROOT}/products"


@pytest.mark.parametrize("key", KEYS)
def test_a_good_token_opens_the_private_channels(key: str) -> None:
    bench = Bench()
    client = bench.open()
    token = tokens.issue(key, bench.now)
    (ack,) = client.say({"type": "subscribe", "channel": "user", "jwt": token})
    assert list(listed(ack)) == ["user"]
    assert len(client.subscribe("BTC-USD", jwt=token)) == 2


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"exp": T0 // 1000}, "it expired 0 s ago"),
        ({"exp": T0 // 1000 - 60, "nbf": T0 // 1000 - 180}, "it expired 60 s ago"),
        ({"nbf": T0 // 1000 + 30}, "it begins in 30 s"),
        ({"exp": None}, "exp is None, expected seconds"),
        ({"nbf": "1"}, "nbf is '1', expected seconds"),
        ({"exp": True}, "exp is True, expected seconds"),
        ({"sub": "me"}, "sub is 'me', expected the key's name"),
        ({"iss": "me"}, "iss is 'me', expected 'cdp'"),
    ],
)
def test_a_wrong_claim_is_refused(key: str, changes: Any, why: str) -> None:
    bench = Bench()
    client = bench.open()
    token = tokens.issue(key, bench.now, **changes)
    assert client.subscribe("BTC-USD", jwt=token) == [error("authentication failure")]
    assert bench.near_misses() == [f"bad jwt: {why}"]


def forged(token: str, **header: Any) -> str:
    """Return a token with another header over the same signature."""
    head, payload, signature = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    made = base64.urlsafe_b64encode(json.dumps(known | header).encode()).rstrip(b"=").decode()
    return f"{made}.{payload}.{signature}"


TOKEN = tokens.issue(ES256_KEY, T0)
EDWARDS = tokens.issue(ED25519_KEY, T0)


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "it has 1 parts"),
        ("a.b", "it has 2 parts"),
        ("a.b.c", "not base64url|no JSON"),
        ("bnVsbA.e30.e30", "the header is no JSON object"),
        ("ö.e30.e30", "not base64url"),
        (forged(TOKEN, kid="me"), "kid is 'me', expected one of organizations/"),
        (forged(TOKEN, kid=["me"]), "kid is"),
        (forged(TOKEN, alg="none"), "alg is 'none', expected 'ES256'"),
        (forged(EDWARDS, alg="ES256"), "alg is 'ES256', expected 'EdDSA'"),
        (forged(TOKEN, nonce="x"), "the signature is wrong"),
        (forged(EDWARDS, nonce="x"), "the signature is wrong"),
        (TOKEN[:-4], "the signature has 61 bytes, expected 64"),
        (EDWARDS[:-4], "the signature is wrong"),
        (TOKEN.rpartition(".")[0] + "." + "A" * 86, "the signature is wrong"),
    ],
)
def test_a_malformed_token_is_refused(token: str, why: str) -> None:
    with pytest.raises(BadToken, match=why):
        tokens.check(token, profile(), T0)


def test_a_token_lives_two_minutes() -> None:
    assert tokens.check(TOKEN, profile(), T0 + 119_999) == ES256_KEY
    with pytest.raises(BadToken, match="expired"):
        tokens.check(TOKEN, profile(), T0 + 120_000)


def test_a_bad_token_may_be_of_no_consequence_on_public_channels() -> None:
    client = Bench(jwt_checked_on_public=False).open()
    assert len(client.subscribe("BTC-USD", jwt="x")) == 2
    user = {"type": "subscribe", "channel": "user", "jwt": "x"}
    assert client.say(user) == [error("authentication failure")]


@pytest.mark.parametrize("key", KEYS)
def test_rest_wants_a_token_for_just_this_request(key: str) -> None:
    bench = Bench()

    def status(token: str, path: str = "products", **headers: str) -> int:
        sent = {"authorization": f"Bearer {token}", **headers}
        return bench.get(f"{ROOT}/{path}", "", "GET", False, **sent).status

    good = tokens.issue(key, bench.now, URI)
    assert status(good) == 200
    assert status(good, "products/BTC-USD") == 401
    assert status(tokens.issue(key, bench.now)) == 401
    assert status(tokens.issue(key, bench.now, f"{URI}?limit=1")) == 401
    assert status(tokens.issue(key, bench.now, URI.replace("GET ", "GET https://"))) == 401
    local = tokens.issue(key, bench.now, URI.replace("api.coinbase.com", "127.0.0.1:9"))
    assert status(local) == 401
    assert status(local, host="127.0.0.1:9") == 200
    assert status(tokens.issue(key, bench.now, uris=["x", URI])) == 200
    assert status(tokens.issue(key, bench.now, uris=["x", {}])) == 401
    assert bench.get(f"{ROOT}/products", authorization=f"Basic {good}").status == 401
    summary = tokens.issue(key, bench.now, URI.replace("products", "transaction_summary"))
    assert status(summary, "transaction_summary") == 200


def test_a_public_path_does_not_look_at_the_token() -> None:
    answer = Bench().get(f"{ROOT}/market/products", authorization="Bearer nonsense")
    assert answer.status == 200


def test_secrets_are_what_clients_take() -> None:
    loaded = serialization.load_pem_private_key(tokens.secret(ES256_KEY).encode(), None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    assert loaded.curve.name == "secp256r1"
    assert len(base64.b64decode(tokens.secret(ED25519_KEY))) == 64


def test_tokens_are_the_same_in_every_run() -> None:
    assert [tokens.issue(key, T0) for key in KEYS] == [TOKEN, EDWARDS]


@settings(derandomize=True, deadline=None, max_examples=200, database=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from([*TOKEN.split("."), "", "e30"]),
                                       max_size=4).map(".".join))  # fmt: skip
def test_whatever_comes_is_a_token_or_a_bad_one(token: str) -> None:
    if token == TOKEN:
        return
    with pytest.raises(BadToken):
        tokens.check(token, profile(), T0)
