"""A REST request and its answer, as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived: ``query`` is the raw query string, header names are lower case.

    ``secure`` is whether it came over TLS.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = "127.0.0.1"
    secure: bool = False

    @property
    def target(self) -> str:
        """Path and query as sent."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Response:
    """What to send back, ``after_ms`` milliseconds late.

    ``cut_after`` ends the connection after so many body bytes.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    after_ms: int = 0


# made once: `json.dumps` makes one at each call that wants anything special
_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def compact(value: Any) -> str:
    """Return JSON without blanks, as the exchanges send it."""
    return _COMPACT.encode(value)
