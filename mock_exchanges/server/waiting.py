"""Waiting for something to happen, on the journal, without polling."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from mock_exchanges.core.journal import MAX_CHARACTERS, MAX_ENTRIES, Entry, Journal, Kind, Wanted

_SHOWN = 15
_NEAR = 5


class NotInTime(TimeoutError):
    """What was waited for did not happen; the message shows what did."""


class HeardJournal(Journal):
    """A journal that tells listeners of each entry as it is made."""

    def __init__(
        self,
        limit: int = MAX_ENTRIES,
        *,
        characters: int = MAX_CHARACTERS,
        real: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(limit, characters=characters, real=real)
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
        what: Kind | Callable[[Entry], bool] | None = None,
        *,
        within_s: float,
        origin_ms: int,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
        times: int = 1,
        after: int = 0,
    ) -> Entry:
        """Return the entry that fits for the ``times``-th time, recorded or to come.

        What fits is said as in `Journal.seen`; ``after`` passes over what was recorded
        up to an earlier `total`. Raises NotInTime after ``within_s`` seconds of the
        loop's time, ValueError for a kind that there is not.
        """
        if times < 1:
            raise ValueError(f"times is {times}, expected 1 or more")
        wanted = Wanted(what, containing, connection)
        seen = [entry for entry in self.since(after) if wanted.fits(entry)]
        if len(seen) >= times:
            return seen[times - 1]
        left = times - len(seen)
        found: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()

        def hear(entry: Entry) -> None:
            nonlocal left
            if found.done():
                return
            try:
                if wanted.fits(entry):
                    left -= 1
                    if not left:
                        found.set_result(entry)
            except Exception as error:
                # A faulty predicate is its author's error, not the exchange's.
                found.set_exception(error)

        self._listen(hear)
        try:
            async with asyncio.timeout(within_s):
                return await found
        except TimeoutError:
            count = (times, times - left)
            raise NotInTime(self._missed(wanted, count, within_s, origin_ms, after)) from None
        finally:
            self._unlisten(hear)

    def _missed(
        self, wanted: Wanted, count: tuple[int, int], within_s: float, origin_ms: int, after: int
    ) -> str:
        times, came = count
        name = f"{wanted}" if times == 1 else f"{wanted} {times} times, only {came}"
        others = [entry for entry in self.since(after) if not wanted.fits(entry)]
        nearest = sorted((entry for entry in others if wanted.nearness(entry)), key=wanted.nearness)
        near = [entry.line(origin_ms) for entry in reversed(nearest[-_NEAR:])]
        last = [entry.line(origin_ms) for entry in self.since(self.total - _SHOWN)]
        said = [f"no {name} within {within_s:g} s; the last of {self.total} entries:"]
        if near:
            said = [f"no {name} within {within_s:g} s; what came near:", *near]
            said.append(f"the last of {self.total} entries:")
        return "\n".join([*said, *(last or ["  (nothing at all)"])])
