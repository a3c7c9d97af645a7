"""The clock of a server: the loop's own time, dated; it can be frozen, moved and hurried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> None: ...


class _Never:
    """A timer of a clock that stands still."""

    def cancel(self) -> None:
        """Do nothing."""


class LoopClock:
    """Epoch milliseconds that follow an event loop's time.

    On a real loop it is real time from ``epoch_ms`` on; on a virtual loop it jumps
    with it. ``rate`` is how many of its seconds pass in one of the loop's: 1 is real
    time, 0 stands still. Whoever set a timer is to set it anew when the clock is
    changed, which ``changed`` tells.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, epoch_ms: int) -> None:
        """``epoch_ms`` is the date at the loop's present time."""
        self._loop = loop
        self._origin_s = loop.time()
        self._epoch_ms = float(epoch_ms)
        self._rate = 1.0
        self.changed: Callable[[], object] = _nothing

    @property
    def rate(self) -> float:
        """How many seconds of this clock pass in one of the loop's."""
        return self._rate

    def now_ms(self) -> int:
        """Return the date, epoch milliseconds."""
        passed_s = self._loop.time() - self._origin_s
        return round(self._epoch_ms + passed_s * 1000 * self._rate)

    def call_at(self, at_ms: int, callback: Callable[[], object]) -> Timer:
        """Call back when the clock shows ``at_ms`` (at once if it is past)."""
        if not self._rate:
            return self._loop.call_soon(callback) if at_ms <= self._epoch_ms else _Never()
        when = self._origin_s + (at_ms - self._epoch_ms) / 1000 / self._rate
        return self._loop.call_at(when, callback)

    def run(self, rate: float) -> None:
        """Run at a rate: 1 is real time, 60 a minute a second, 0 stands still.

        Raises ValueError for a negative rate.
        """
        if not 0 <= rate < float("inf"):
            raise ValueError(f"rate is {rate}, expected 0 (frozen) or more")
        self._set(self.now_ms(), rate)

    def move_to(self, at_ms: int) -> None:
        """Move to a later date at once. Raises ValueError for an earlier one."""
        now_ms = self.now_ms()
        if at_ms < now_ms:
            raise ValueError(f"date is {at_ms}, which is past; expected {now_ms} or later")
        self._set(at_ms, self._rate)

    def _set(self, now_ms: int, rate: float) -> None:
        self._origin_s = self._loop.time()
        self._epoch_ms = float(now_ms)
        self._rate = float(rate)
        self.changed()


def _nothing() -> None:
    return None
