"""Tokens: JWTs signed with an API key, checked as the exchange checks them.

The keys are this mock's own and public: give a name and its secret to a client as its API
key. https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-authentication
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from mock_exchanges.coinbase.profile import Profile

_ORGANIZATION = "organizations/00000000-0000-4000-8000-000000000001/apiKeys"
ES256_KEY = f"{_ORGANIZATION}/00000000-0000-4000-8000-0000000000e5"
ED25519_KEY = f"{_ORGANIZATION}/00000000-0000-4000-8000-0000000000ed"
_SEED = bytes(range(1, 33))
_HALF = 32
# seconds for which the documents have clients make their tokens
_AGE_S = 120

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class BadToken(Exception):
    """A token that the exchange refuses; the message says why, which the exchange does not."""


@cache
def private_keys() -> Mapping[str, PrivateKey]:
    """Return the test keys by name: one for ES256, one for EdDSA."""
    scalar = int.from_bytes(_SEED, "big")
    return {
        ES256_KEY: ec.derive_private_key(scalar, ec.SECP256R1()),
        ED25519_KEY: ed25519.Ed25519PrivateKey.from_private_bytes(_SEED),
    }


def secret(name: str) -> str:
    """Return a test key's secret as clients take it: PEM for ES256, base64 for Ed25519.

    Raises KeyError for a name that is no test key.
    """
    key = private_keys()[name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return base64.b64encode(_SEED + key.public_key().public_bytes_raw()).decode()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return pem.decode()


def issue(name: str, now_ms: int, uri: str | None = None, **changes: Any) -> str:
    """Return a token as clients make one; ``changes`` replace claims (None leaves one out)."""
    key = private_keys()[name]
    now = now_ms // 1000
    edwards = isinstance(key, ed25519.Ed25519PrivateKey)
    header = {"alg": "EdDSA" if edwards else "ES256", "kid": name, "nonce": "0" * 32,
              "typ": "JWT"}  # fmt: skip
    claims = {"sub": name, "iss": "cdp", "nbf": now, "exp": now + _AGE_S, "uri": uri, **changes}
    kept = {claim: value for claim, value in claims.items() if value is not None}
    signed = f"{_encoded(header)}.{_encoded(kept)}"
    return f"{signed}.{_base64(_signature(key, signed.encode()))}"


def check(token: str, profile: Profile, now_ms: int, uris: Sequence[str] = ()) -> str:
    """Return the key's name of a good token; raise BadToken for any other.

    ``uris`` are the requests that a REST token may be for, ``METHOD host/path``.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise BadToken(f"it has {len(parts)} parts, expected 3")
    header, claims = _object(parts[0], "header"), _object(parts[1], "payload")
    name = header.get("kid")
    key = private_keys().get(name) if isinstance(name, str) else None
    if not isinstance(name, str) or key is None:
        raise BadToken(f"kid is {name!r}, expected one of {', '.join(private_keys())}")
    _verify(key, header.get("alg"), f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))
    if claims.get("sub") != name:
        raise BadToken(f"sub is {claims.get('sub')!r}, expected the key's name")
    if claims.get("iss") not in profile.jwt_issuers:
        raise BadToken(f"iss is {claims.get('iss')!r}, expected {profile.jwt_issuers[0]!r}")
    _times(claims, profile, now_ms // 1000)
    if uris:
        said = _uris(claims)
        if not any(uri in uris for uri in said):
            raise BadToken(f"it is for {said}, expected {uris[0]!r}")
    return name


def _uris(claims: Mapping[str, Any]) -> list[Any]:
    """Return the requests a token is for: one as ``uri``, or a list as ``uris``."""
    several = claims.get("uris")
    return several if isinstance(several, list) else [claims.get("uri")]


def _times(claims: Mapping[str, Any], profile: Profile, now: int) -> None:
    begins, ends = claims.get("nbf"), claims.get("exp")
    for claim, value in (("nbf", begins), ("exp", ends)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadToken(f"{claim} is {value!r}, expected seconds")
    assert isinstance(begins, int) and isinstance(ends, int)
    if begins > now + profile.jwt_skew_s:
        raise BadToken(f"it begins in {begins - now} s")
    if ends <= now:
        raise BadToken(f"it expired {now - ends} s ago")


def _verify(key: PrivateKey, algorithm: Any, signed: bytes, signature: bytes) -> None:
    try:
        if isinstance(key, ed25519.Ed25519PrivateKey):
            if algorithm != "EdDSA":
                raise BadToken(f"alg is {algorithm!r}, expected 'EdDSA' for this key")
            key.public_key().verify(signature, signed)
            return
        if algorithm != "ES256":
            raise BadToken(f"alg is {algorithm!r}, expected 'ES256' for this key")
        if len(signature) != 2 * _HALF:
            raise BadToken(f"the signature has {len(signature)} bytes, expected 64")
        r, s = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
        key.public_key().verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise BadToken("the signature is wrong") from None


def _signature(key: PrivateKey, signed: bytes) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(signed)
    ecdsa = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    r, s = decode_dss_signature(key.sign(signed, ecdsa))
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def _object(part: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        raise BadToken(f"the {what} is no JSON") from None
    if not isinstance(value, dict):
        raise BadToken(f"the {what} is no JSON object")
    return value


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise BadToken("it is not base64url") from None


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _encoded(value: Mapping[str, Any]) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())
