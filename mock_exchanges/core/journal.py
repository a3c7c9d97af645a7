"""The journal: everything that happened, in order, with the exchange's time.

It is the wire log that reports show, and what waiting and near misses read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

Kind = Literal[
    "connect", "refuse", "in", "out", "ping", "pong", "pinged", "ponged",
    "close", "drop", "lost", "request", "response", "near-miss", "fault", "bytes",
    "clock", "market",
]  # fmt: skip

_ARROWS = {
    "in": "→", "pinged": "→", "ponged": "→", "request": "→", "connect": "→", "lost": "→",
    "out": "←", "ping": "←", "pong": "←", "response": "←", "close": "←", "drop": "←",
    "refuse": "←", "bytes": "←", "near-miss": "!", "fault": "!", "clock": "!", "market": "!",
}  # fmt: skip


class Entry(NamedTuple):
    """One thing that happened. ``connection`` is 0 for REST and for the exchange itself."""

    at_ms: int
    kind: Kind
    connection: int
    text: str

    def line(self, origin_ms: int, width: int = 160) -> str:
        """Return the entry as one line, its time relative to ``origin_ms`` in seconds."""
        text = self.text if len(self.text) <= width else f"{self.text[: width - 1]}…"
        where = f"ws{self.connection}" if self.connection else "http"
        label = "" if self.kind in ("in", "out", "request", "response") else f"{self.kind} "
        seconds = (self.at_ms - origin_ms) / 1000
        return f"{seconds:+10.3f}s {where:>5} {_ARROWS[self.kind]} {label}{text}".rstrip()


class Journal:
    """A bounded record of entries; the oldest fall out, and are counted."""

    def __init__(self, limit: int = 20_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=limit)
        self.total = 0

    def add(self, at_ms: int, kind: Kind, connection: int, text: str) -> None:
        """Record that something happened at ``at_ms``."""
        self.total += 1
        self._entries.append(Entry(at_ms, kind, connection, text))

    @property
    def dropped(self) -> int:
        """How many entries fell out at the old end."""
        return self.total - len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def of(self, *kinds: Kind, connection: int | None = None) -> list[Entry]:
        """Return the entries of some kinds, of one connection if asked, oldest first."""
        return [
            entry
            for entry in self._entries
            if entry.kind in kinds and (connection is None or entry.connection == connection)
        ]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.total = 0
