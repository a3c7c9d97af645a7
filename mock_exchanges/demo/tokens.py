"""Tokens: a function of the market's seed and the time of issue, which they carry.

So nothing is remembered about them, and every exchange on the same seed knows them.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b


def issue(seed: int, now_ms: int) -> str:
    """Return the token issued at ``now_ms`` (epoch milliseconds)."""
    return f"{now_ms:x}.{_seal(seed, now_ms)}"


def problem(token: str, seed: int, now_ms: int, life_ms: int) -> str | None:
    """Return what is wrong with a token, or None."""
    issued = issued_ms(token, seed)
    if issued is None:
        return "is not valid"
    if not issued <= now_ms:
        return "is not valid yet"
    return None if now_ms < issued + life_ms else "has expired"


def issued_ms(token: str, seed: int) -> int | None:
    """Return when a token was issued (epoch milliseconds), None if it is none of this seed."""
    head, _, seal = token.partition(".")
    try:
        issued = int(head, 16)
    except ValueError:
        return None
    right = hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(seed, issued).encode())
    return issued if right else None


def _seal(seed: int, issued_ms: int) -> str:
    return blake2b(f"demo token {seed} {issued_ms:x}".encode(), digest_size=16).hexdigest()
