"""The clock of a server: the loop's own time, dated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class LoopClock:
    """Epoch milliseconds that follow an event loop's time.

    On a real loop it is real time from ``epoch_ms`` on; on a virtual loop it jumps
    with it. Timers are set with `call_at`, in the same epoch milliseconds.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, epoch_ms: int) -> None:
        """``epoch_ms`` is the date at the loop's present time."""
        self._loop = loop
        self._origin_s = loop.time()
        self._epoch_ms = epoch_ms

    def now_ms(self) -> int:
        """Return the date, epoch milliseconds."""
        return self._epoch_ms + round((self._loop.time() - self._origin_s) * 1000)

    def call_at(self, at_ms: int, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back when the clock shows ``at_ms`` (at once if it is past)."""
        when = self._origin_s + (at_ms - self._epoch_ms) / 1000
        return self._loop.call_at(when, callback)
