"""The journal: everything that happened, in order, with the exchange's time.

It is the wire log that reports show, and what waiting and near misses read.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Literal, NamedTuple, Self, TextIO, get_args

from mock_exchanges.core.nearest import nearest

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


# JSON has these of an entry, in this order
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "at_ms": int, "real_s": (int, float), "kind": str, "connection": int, "text": str,
}  # fmt: skip

MAX_ENTRIES = 20_000
MAX_CHARACTERS = 50_000_000


class Entry(NamedTuple):
    """One thing that happened. ``connection`` is 0 for REST and for the exchange itself.

    ``real_s`` is when it really was (epoch seconds), 0.0 where there is no real time; two
    entries that differ in it alone are equal, for no two runs have it alike.
    """

    at_ms: int
    kind: Kind
    connection: int
    text: str
    real_s: float = 0.0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple):
            return NotImplemented
        return self[:4] == other[:4]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:4])

    def json(self, *, real: bool = True) -> str:
        """Return the entry as one line of JSON, with its real time or without."""
        fields = {
            "at_ms": self.at_ms,
            "real_s": self.real_s,
            "kind": self.kind,
            "connection": self.connection,
            "text": self.text,
        }
        if not real:
            del fields["real_s"]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    def line(self, origin_ms: int, width: int = 160) -> str:
        """Return the entry as one line, its time relative to ``origin_ms`` in seconds."""
        text = self.text if len(self.text) <= width else f"{self.text[: width - 1]}…"
        where = f"ws{self.connection}" if self.connection else "http"
        label = "" if self.kind in ("in", "out", "request", "response") else f"{self.kind} "
        seconds = (self.at_ms - origin_ms) / 1000
        return f"{seconds:+10.3f}s {where:>5} {_ARROWS[self.kind]} {label}{text}".rstrip()


class Journal:
    """A bounded record of entries; the oldest fall out, and are counted.

    ``limit`` is how many entries it holds at most, ``characters`` how many characters
    of text; the newest entry always stays. ``real`` tells the real time, epoch seconds.
    """

    def __init__(
        self,
        limit: int = MAX_ENTRIES,
        *,
        characters: int = MAX_CHARACTERS,
        real: Callable[[], float] | None = None,
    ) -> None:
        for name, value in (("limit", limit), ("characters", characters)):
            if value < 1:
                raise ValueError(f"{name} is {value}, expected 1 or more")
        self._entries: deque[Entry] = deque()
        self._limit = limit
        self._most = characters
        self._real = real or _no_time
        self.characters = 0
        self.total = 0

    def add(self, at_ms: int, kind: Kind, connection: int, text: str) -> None:
        """Record that something happened at ``at_ms``."""
        self._keep(Entry(at_ms, kind, connection, text, self._real()))

    def _keep(self, entry: Entry) -> None:
        entries = self._entries
        self.total += 1
        entries.append(entry)
        self.characters += len(entry.text)
        while len(entries) > self._limit or (self.characters > self._most and len(entries) > 1):
            self.characters -= len(entries.popleft().text)

    @property
    def dropped(self) -> int:
        """How many entries fell out at the old end."""
        return self.total - len(self._entries)

    def since(self, total: int) -> list[Entry]:
        """Return the entries made after `total` was so much, those that are still there."""
        return list(islice(self._entries, max(0, total - self.dropped), None))

    def seen(
        self,
        what: Kind | Callable[[Entry], bool] | None = None,
        *,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
        after: int = 0,
    ) -> list[Entry]:
        """Return the entries that fit all that is said (see `Wanted`), oldest first.

        ``after`` passes over what was recorded up to an earlier `total`. The list is
        false if there are none. Raises ValueError for a kind that there is not.
        """
        wanted = Wanted(what, containing, connection)
        return [entry for entry in self.since(after) if wanted.fits(entry)]

    def dump(self, file: str | PathLike[str] | TextIO) -> None:
        """Write the entries as lines of JSON, to a path or an open file."""
        if isinstance(file, (str, PathLike)):
            with Path(file).open("w", encoding="utf-8") as opened:
                self.dump(opened)
            return
        file.writelines(f"{entry.json()}\n" for entry in self._entries)

    @classmethod
    def load(cls, file: str | PathLike[str] | Iterable[str]) -> Self:
        """Read what `dump` wrote, from a path or from lines.

        Raises ValueError, which names the line, for what is no entry.
        """
        if isinstance(file, (str, PathLike)):
            with Path(file).open(encoding="utf-8") as opened:
                return cls.load(opened)
        journal = cls()
        for number, line in enumerate(file, 1):
            if line.strip():
                journal._keep(_read(line, number))
        return journal

    def bytes(self) -> bytes:
        """Return the entries as lines of JSON without real time: the same in every run."""
        lines = (f"{entry.json(real=False)}\n" for entry in self._entries)
        return "".join(lines).encode("utf-8", "surrogatepass")

    def digest(self) -> str:
        """Return a short fingerprint of `bytes`, hexadecimal."""
        return blake2b(self.bytes(), digest_size=16).hexdigest()

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
        self.characters = self.total = 0


class Wanted:
    """What is looked for in a journal: all that is said must fit.

    ``what`` is a kind or a predicate, ``containing`` part of the text or a compiled
    regular expression that is found in it, ``connection`` a number. Raises ValueError
    for a kind that there is not, naming the nearest.
    """

    def __init__(
        self,
        what: Kind | Callable[[Entry], bool] | None = None,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
    ) -> None:
        self.what, self.containing, self.connection = what, containing, connection
        if isinstance(what, str):
            _check_kind(what)
        elif what is not None and not callable(what):
            raise ValueError(f"what is {what!r}, expected a kind, a function of an entry, or None")

    def fits(self, entry: Entry) -> bool:
        """Return whether an entry is what is wanted."""
        return (
            (self.connection is None or entry.connection == self.connection)
            and self._has_text(entry.text)
            and self._is_what(entry)
        )

    def nearness(self, entry: Entry) -> int:
        """Return how nearly an entry fits that does not: 2 by its text, 1 by its kind, else 0.

        What the exchange itself calls a near miss counts like the text.
        """
        if entry.kind == "near-miss":
            return 2
        kind = isinstance(self.what, str) and entry.kind == self.what
        if self.containing is None:
            return int(kind and self.connection is not None)
        text = self._has_text(entry.text)
        if not text and isinstance(self.containing, str):
            text = self.containing.casefold() in entry.text.casefold()
        return 2 if text else int(kind)

    def __str__(self) -> str:
        what = self.what
        if isinstance(what, str) or what is None:
            said = [repr(what) if what else "entry"]
        else:
            said = [getattr(what, "__name__", repr(what))]
        if isinstance(self.containing, re.Pattern):
            said.append(f"matching {self.containing.pattern!r}")
        elif self.containing is not None:
            said.append(f"containing {self.containing!r}")
        if self.connection is not None:
            said.append(f"of connection {self.connection}")
        return " ".join(said)

    def _is_what(self, entry: Entry) -> bool:
        if self.what is None or isinstance(self.what, str):
            return self.what in (None, entry.kind)
        return self.what(entry)

    def _has_text(self, text: str) -> bool:
        if self.containing is None:
            return True
        if isinstance(self.containing, str):
            return self.containing in text
        return self.containing.search(text) is not None


def _check_kind(kind: str) -> None:
    kinds = get_args(Kind)
    if kind not in kinds:
        near = nearest(kind, kinds)
        hint = f"; did you mean {near!r}?" if near else ""
        raise ValueError(f"kind is {kind!r}, expected one of {', '.join(kinds)}{hint}")


def _read(line: str, number: int) -> Entry:
    """Return the entry of a line of JSON. Raises ValueError."""
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise ValueError(f"line {number}: no JSON: {error}") from None
    if not isinstance(fields, dict):
        raise ValueError(f"line {number}: expected an object, found {type(fields).__name__}")
    for name, kind in _FIELDS.items():
        value = fields.get(name, 0.0 if name == "real_s" else None)
        if not isinstance(value, kind) or isinstance(value, bool):
            expected = "text" if kind is str else "a number"
            raise ValueError(f"line {number}: {name} is {value!r}, expected {expected}")
    try:
        _check_kind(fields["kind"])
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None
    real_s = float(fields.get("real_s", 0.0))
    return Entry(fields["at_ms"], fields["kind"], fields["connection"], fields["text"], real_s)


def _no_time() -> float:
    return 0.0
