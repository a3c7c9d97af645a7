"""Waiting for something to happen, on the journal, without polling."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice

from mock_exchanges.core.journal import Entry, Journal, Kind

_SHOWN = 15


class NotInTime(TimeoutError):
    """What was waited for did not happen; the message shows what did."""


class HeardJournal(Journal):
    """A journal that tells listeners of each entry as it is made."""

    def __init__(self, limit: int = 20_000) -> None:
        super().__init__(limit)
        self._listeners: list[Callable[[Entry], None]] = []

    def _add_and_tell(self, at_ms: int, kind: Kind, connection: int, text: str) -> None:
        super().add(at_ms, kind, connection, text)
        entry = self._entries[-1]
        for listener in tuple(self._listeners):
            listener(entry)

    def _listen(self, listener: Callable[[Entry], None]) -> None:
        # Every frame sent passes through `add`, so it costs more only while somebody waits.
        self._listeners.append(listener)
        vars(self)["add"] = self._add_and_tell

    def _unlisten(self, listener: Callable[[Entry], None]) -> None:
        self._listeners.remove(listener)
        if not self._listeners:
            del vars(self)["add"]

    async def until(
        self,
        what: Kind | Callable[[Entry], bool],
        *,
        within_s: float,
        origin_ms: int,
        after: int = 0,
    ) -> Entry:
        """Return the first entry that fits, of those recorded and those to come.

        ``after`` passes over what was recorded up to an earlier `total`.
        Raises NotInTime after ``within_s`` seconds of the loop's time.
        """
        fits = what if callable(what) else _is_kind(what)
        for entry in self._since(after):
            if fits(entry):
                return entry
        found: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()

        def hear(entry: Entry) -> None:
            if found.done():
                return
            try:
                if fits(entry):
                    found.set_result(entry)
            except Exception as error:
                # A faulty predicate is its author's error, not the exchange's.
                found.set_exception(error)

        self._listen(hear)
        try:
            async with asyncio.timeout(within_s):
                return await found
        except TimeoutError:
            raise NotInTime(self._missed(what, within_s, origin_ms)) from None
        finally:
            self._unlisten(hear)

    def _since(self, after: int) -> list[Entry]:
        entries: deque[Entry] = self._entries
        return list(islice(entries, max(0, after - self.dropped), None))

    def _missed(self, what: Kind | Callable[[Entry], bool], within_s: float, origin_ms: int) -> str:
        name = getattr(what, "__name__", repr(what)) if callable(what) else repr(what)
        lines = [entry.line(origin_ms) for entry in self._since(self.total - _SHOWN)]
        shown = "\n".join(lines) if lines else "  (nothing at all)"
        return f"no {name} within {within_s:g} s; the last of {self.total} entries:\n{shown}"


def _is_kind(kind: Kind) -> Callable[[Entry], bool]:
    return lambda entry: entry.kind == kind
