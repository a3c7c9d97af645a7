"""What a subject prints and logs, held to what a reader can use: megabytes are left out, and told.

A stream keeps the beginning and the end of what is written to it in one check; logging keeps so
many records and characters.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from typing import Any

from conformance.verdict import shortened

__all__ = ["HEAD", "RECORDS", "TAIL", "limited"]

# characters that a check may write to a stream before the middle is left out, and at the end
HEAD, TAIL = 200_000, 10_000
# records that it may log
RECORDS = 2_000


@contextlib.contextmanager
def limited() -> Iterator[None]:
    """Limit what is printed and logged in the block."""
    out, err = sys.stdout, sys.stderr
    streams = [_Limited(each) for each in (out, err)]
    counter = _Counter()
    handlers = list(logging.root.handlers)
    # `sys` itself is put back by `kept`, if somebody else replaces them
    sys.stdout, sys.stderr = streams
    for handler in handlers:
        handler.addFilter(counter)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        for handler in handlers:
            handler.removeFilter(counter)
        for stream in streams:
            stream.end()
        if counter.left_out:
            logging.getLogger(__name__).warning(
                "%d more log records of this check are left out", counter.left_out
            )


class _Limited(io.TextIOBase):
    """A stream that passes on the beginning and the end; closing it closes nothing."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._room = HEAD
        self._tail = ""
        self._left_out = 0

    def write(self, text: str, /) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if self._stream is None:
            return len(text)
        if self._room:
            head, self._room = text[: self._room], max(0, self._room - len(text))
            self._stream.write(head)
            rest = text[len(head) :]
        else:
            rest = text
        if rest:
            self._left_out += len(rest)
            self._tail = (self._tail + rest[-TAIL:])[-TAIL:]
        return len(text)

    def end(self) -> None:
        """Pass on how much was left out, and the end of it."""
        left_out = self._left_out - len(self._tail)
        if self._stream is None or not self._left_out:
            return
        said = f"\n[… {left_out:,} characters left out …]\n" if left_out else ""
        with contextlib.suppress(ValueError, OSError):
            self._stream.write(said + self._tail)
        self._left_out, self._tail = 0, ""

    def flush(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            self._stream.flush()

    def close(self) -> None:
        """Leave the stream open: it is not the writer's."""

    def isatty(self) -> bool:
        return self._stream is not None and bool(self._stream.isatty())

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the base class has none
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return getattr(self._stream, "errors", None)

    def fileno(self) -> int:
        return int(self._stream.fileno())

    def writable(self) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Counter(logging.Filter):
    """Lets so many records pass, and so many characters."""

    def __init__(self) -> None:
        super().__init__()
        self.left_out = 0
        self._records = RECORDS
        self._room = HEAD
        self._last: tuple[logging.LogRecord | None, bool] = None, True

    def filter(self, record: logging.LogRecord) -> bool:
        if record is not self._last[0]:  # and not another handler's turn
            self._last = record, self._passes(record)
        return self._last[1]

    def _passes(self, record: logging.LogRecord) -> bool:
        with contextlib.suppress(Exception):
            text = record.getMessage()
            if len(text) > TAIL:
                record.msg, record.args = shortened(text, TAIL), None
            self._room -= min(len(text), TAIL)
        self._records -= 1
        passes = self._records >= 0 and self._room >= 0
        self.left_out += not passes
        return passes
