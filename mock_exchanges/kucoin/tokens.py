"""Connection tokens that prove themselves: no list of them is kept anywhere.

A token holds the time of its issue and a keyed digest of it; the key follows from the
market's seed. So every instance of the exchange on that seed takes it, any number of
times, until it is too old, and no instance takes one of another seed.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b

_TIME_BYTES = 8
_FILL_BYTES = 64
_DIGEST_BYTES = 16


class Tokens:
    """Issues and checks tokens of one market; ``valid_ms`` is how long one is good."""

    def __init__(self, seed: int, valid_ms: int) -> None:
        self._key = blake2b(f"kucoin spot token {seed}".encode(), digest_size=32).digest()
        self._valid_ms = valid_ms

    def issue(self, now_ms: int) -> str:
        """Return the token issued at ``now_ms``: two parts of URL-safe base64."""
        issued = now_ms.to_bytes(_TIME_BYTES, "big")
        body = self._digest(b"fill" + issued, _FILL_BYTES) + issued
        body += self._digest(b"more" + body, _FILL_BYTES - 4)
        seal = self._digest(body, _DIGEST_BYTES)
        return f"{urlsafe_b64encode(body).decode()}.{urlsafe_b64encode(seal).decode()}"

    def refusal(self, token: str, now_ms: int) -> str | None:
        """Return why a token is refused, in the exchange's words; None if it is good."""
        issued_ms = self.issued_ms(token)
        if issued_ms is None:
            return "token is invalid"
        return "token is expired" if now_ms - issued_ms >= self._valid_ms else None

    def issued_ms(self, token: str) -> int | None:
        """Return when a token was issued (epoch milliseconds), None if it is not one of these."""
        head, _, _ = token.partition(".")
        try:
            body = urlsafe_b64decode(head.encode("ascii"))
        except (binascii.Error, UnicodeEncodeError):
            return None
        issued_ms = int.from_bytes(body[_FILL_BYTES : _FILL_BYTES + _TIME_BYTES], "big")
        return issued_ms if token == self.issue(issued_ms) else None

    def _digest(self, data: bytes, size: int) -> bytes:
        return blake2b(data, key=self._key, digest_size=size).digest()
