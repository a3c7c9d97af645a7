"""Requests on the connection, read as the exchange reads them.

https://www.okx.com/docs-v5/en/#overview-websocket-subscribe
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from mock_exchanges.okx.errors import illegal

_ID = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that can be answered: ``args`` are objects, as sent."""

    op: str
    args: tuple[dict[str, Any], ...]
    id: str | int | None


def read(text: str, id_characters: int = 32) -> Ask:
    """Read a request; raise StreamError for what is none."""
    message = _json(text)
    if not isinstance(message, dict):
        raise illegal(text)
    op, args, identity = message.get("op"), message.get("args"), message.get("id")
    if not isinstance(op, str) or not isinstance(args, list):
        raise illegal(text)
    if not all(isinstance(arg, dict) for arg in args):
        raise illegal(text)
    if not _usable(identity, id_characters):
        raise illegal(text)
    return Ask(op, tuple(args), identity)


def _usable(identity: Any, characters: int) -> bool:
    if identity is None:
        return True
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(abs(identity))
    return (
        isinstance(identity, str)
        and len(identity) <= characters
        and _ID.fullmatch(identity) is not None
    )


def _json(text: str) -> Any:
    try:
        message = json.loads(text)
        # What can be read but not sent back: NaN, and half a surrogate pair.
        json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise illegal(text) from None
    return message
