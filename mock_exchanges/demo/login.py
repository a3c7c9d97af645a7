"""The login message: the demo key, alone or with a signed time.

``sign`` is the hexadecimal HMAC-SHA256, with the demo secret, of ``ts`` followed by
``login``; ``ts`` is epoch milliseconds.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from mock_exchanges.demo import errors
from mock_exchanges.demo.profile import Profile


def sign(secret: str, ts: int) -> str:
    """Return the signature of a login at ``ts`` (epoch milliseconds)."""
    return hmac.new(secret.encode(), f"{ts}login".encode(), hashlib.sha256).hexdigest()


def message(profile: Profile, now_ms: int) -> str:
    """Return a right, signed login."""
    signed = {"key": profile.key, "ts": now_ms, "sign": sign(profile.secret, now_ms)}
    return errors.dumps({"op": "login", "args": [signed]})


def check(items: tuple[Any, ...], profile: Profile, now_ms: int) -> None:
    """Raise DemoError unless ``items`` are the arguments of a right login."""
    if len(items) != 1 or not isinstance(items[0], dict):
        raise errors.malformed("a login has one object with key, and ts and sign if it is signed")
    given = items[0]
    if given.get("key") != profile.key:
        raise errors.login_failed("unknown key")
    if "ts" not in given and "sign" not in given:
        return
    ts = given.get("ts")
    if not isinstance(ts, int) or abs(ts - now_ms) > profile.login_skew_ms:
        raise errors.login_failed("ts is not the time in milliseconds")
    if given.get("sign") != sign(profile.secret, ts):
        raise errors.login_failed("wrong signature")
