"""Journals as files: one JSON object a line, written as things happen, read with care."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self, get_args

from mock_exchanges.core.journal import Entry, Kind
from mock_exchanges.core.nearest import nearest
from mock_exchanges.server.waiting import HeardJournal

# field -> what it must be, as Python and in words
_FIELDS: dict[str, tuple[type, str]] = {
    "at_ms": (int, "a whole number, epoch milliseconds"),
    "kind": (str, "a word such as 'in' or 'out'"),
    "connection": (int, "a whole number, 0 for HTTP"),
    "text": (str, "a string"),
}
_KINDS: tuple[str, ...] = get_args(Kind)
_SHOWN = 60
# A run that begins anew may begin at an earlier date; within one, time does not go back.
_BACK_MS = 1000


class BadRecording(ValueError):
    """A journal that cannot be replayed; the message names file, line, field and value."""


def as_line(entry: Entry) -> str:
    """Return an entry as one line of JSON, with ``real_s``, the real time, epoch seconds."""
    real_s = getattr(entry, "real_s", None)
    fields = {
        "at_ms": entry.at_ms,
        "real_s": round(time.time(), 6) if real_s is None else real_s,
        "kind": entry.kind,
        "connection": entry.connection,
        "text": entry.text,
    }
    return json.dumps(fields, ensure_ascii=False) + "\n"


class Recorder:
    """Writes a journal to a file while it grows, each entry at once; a context manager.

    What the file holds already stays. Raises OSError if the file cannot be written.
    """

    def __init__(self, journal: HeardJournal, path: Path) -> None:
        self._journal = journal
        # Buffered by lines: each is in the file when it is written, whatever happens next.
        self._file = path.open("a", encoding="utf-8", errors="surrogatepass", buffering=1)
        journal._listen(self._write)

    def _write(self, entry: Entry) -> None:
        self._file.write(as_line(entry))

    def close(self) -> None:
        """Stop recording; again is harmless."""
        if not self._file.closed:
            self._journal._unlisten(self._write)
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read(path: Path | str, *, run: int | None = None) -> list[Entry]:
    """Return the entries of one run in a file.

    A file that was recorded into several times holds several runs; ``run`` says which,
    from 1. Raises BadRecording for a damaged file, an empty one, and for several runs
    when none was chosen, or if it cannot be read.
    """
    path = Path(path)
    runs: list[list[Entry]] = [[]]
    began = [1]
    opened = 0
    with _open(path) as file:
        for number, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            entry = _entry(f"{path}, line {number}", raw)
            here = runs[-1]
            again = entry.kind == "connect" and entry.connection <= opened
            if here and (again or entry.at_ms < here[-1].at_ms - _BACK_MS):
                runs.append([])
                began.append(number)
                opened = 0
            if entry.kind == "connect":
                opened = entry.connection
            elif entry.connection > opened:
                raise BadRecording(
                    f"{path}, line {number}: connection is {entry.connection}, which has not "
                    "opened; expected its 'connect' before (of a long journal in memory the "
                    "oldest entries fall out; a recording to a file keeps them)"
                )
            runs[-1].append(entry)
    if not runs[0]:
        raise BadRecording(f"{path} is empty, expected one JSON object a line")
    if run is None and len(runs) > 1:
        lines = ", ".join(map(str, began))
        raise BadRecording(
            f"{path} holds {len(runs)} runs, from lines {lines}, expected one; "
            f"say which with run, 1 to {len(runs)}"
        )
    if run is not None and not 1 <= run <= len(runs):
        raise BadRecording(f"run is {run}, expected 1 to {len(runs)}, which {path} holds")
    return runs[(run or 1) - 1]


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadRecording(f"{path} cannot be read: {error.strerror}") from None


def _entry(where: str, raw: bytes) -> Entry:
    try:
        fields = json.loads(raw.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        cut = "" if raw.endswith(b"\n") else "; the last line is cut off, remove it"
        raise BadRecording(
            f"{where}: {_short(raw.decode('utf-8', 'replace'))} is no JSON ({error}), "
            f"expected one object a line{cut}"
        ) from None
    if not isinstance(fields, dict):
        raise BadRecording(
            f"{where}: {_short(fields)} is no object, expected one with {', '.join(_FIELDS)}"
        )
    for name, (kind, words) in _FIELDS.items():
        if name not in fields:
            raise BadRecording(f"{where}: {name} is missing, expected {words}{_near(name, fields)}")
        value = fields[name]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BadRecording(f"{where}: {name} is {_short(value)}, expected {words}")
    if fields["kind"] not in _KINDS:
        near = nearest(fields["kind"], _KINDS)
        hint = f"; did you mean {near!r}?" if near else ""
        known = ", ".join(_KINDS)
        raise BadRecording(f"{where}: kind is {fields['kind']!r}, expected one of {known}{hint}")
    if fields["connection"] < 0:
        raise BadRecording(f"{where}: connection is {fields['connection']}, expected 0 or more")
    return Entry(fields["at_ms"], fields["kind"], fields["connection"], fields["text"])


def _near(name: str, fields: dict[str, Any]) -> str:
    strangers: Sequence[str] = [each for each in fields if each not in (*_FIELDS, "real_s")]
    near = nearest(name, strangers)
    return f"; did you mean it by {near!r}?" if near else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
