"""Accounts: who may log in, and on how many connections a channel is open.

A login is signed with HMAC-SHA256 over time, method and a path.
https://www.okx.com/docs-v5/en/#overview-websocket-login
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_exchanges.okx.errors import StreamError

_SIGNED = "GET/users/self/verify"


@dataclass(frozen=True, slots=True)
class Key:
    """An API key of the mock."""

    api_key: str
    secret: str
    passphrase: str

    def sign(self, timestamp: str) -> str:
        """Return the signature of a login; ``timestamp`` is seconds, as text."""
        made = hmac.new(self.secret.encode(), f"{timestamp}{_SIGNED}".encode(), hashlib.sha256)
        return base64.b64encode(made.digest()).decode()


# Known to everybody: it opens nothing but the mock.
TEST_KEY = Key("mock-api-key", "mock-secret", "mock-passphrase")


class Accounts:
    """The keys that exist, and the connections of each that have a counted channel open."""

    def __init__(self, *keys: Key) -> None:
        self.keys = {key.api_key: key for key in keys}
        self._open: dict[tuple[str, str], set[int]] = {}

    def verify(self, arg: Mapping[str, Any], now_ms: int, valid_ms: int) -> Key:
        """Return the key of a login; raise StreamError for a wrong one."""
        stamp, api_key = _text(arg.get("timestamp")), arg.get("apiKey")
        seconds = _seconds(stamp)
        if seconds is None:
            raise StreamError("60004", "Invalid timestamp")
        if not isinstance(api_key, str) or not api_key:
            raise StreamError("60005", "Invalid apiKey")
        key = self.keys.get(api_key)
        if key is None:
            raise StreamError("60032", "API key doesn't exist.")
        if abs(now_ms - seconds * 1000) > valid_ms:
            raise StreamError("60006", "Timestamp request expired")
        if arg.get("passphrase") != key.passphrase:
            raise StreamError("60024", "Wrong passphrase")
        if arg.get("sign") != key.sign(stamp):
            raise StreamError("60007", "Invalid sign")
        return key

    def opened(self, key: Key, channel: str, connection: int) -> int:
        """Count a connection that opens a channel; return how many have it open now."""
        connections = self._open.setdefault((key.api_key, channel), set())
        connections.add(connection)
        return len(connections)

    def closed(self, key: Key, channel: str, connection: int) -> None:
        """A connection has a channel no longer."""
        connections = self._open.get((key.api_key, channel), set())
        connections.discard(connection)
        if not connections:
            self._open.pop((key.api_key, channel), None)


def _text(stamp: Any) -> str:
    """Return a timestamp as it was signed; the official SDK sends a number."""
    return str(stamp) if isinstance(stamp, (str, int)) and not isinstance(stamp, bool) else ""


def _seconds(stamp: str) -> int | None:
    whole = stamp.partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdecimal() and len(whole) <= 12 else None
