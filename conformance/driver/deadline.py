"""A deadline that is set anew all the time, at the cost of a timer now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

_NEVER = float("inf")


class Deadline:
    """Calls back once when a time has come that was neither put off nor taken back.

    Setting it later costs nothing: the timer that is there goes on to the new time.
    """

    def __init__(self, missed: Callable[[], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._missed = missed
        self._at = _NEVER
        self._timer: asyncio.TimerHandle | None = None

    def set(self, in_s: float) -> None:
        """Let it be so many seconds from now; what is past is missed at once."""
        self._at = self._loop.time() + in_s
        if self._timer is None or self._timer.when() > self._at:
            self._rearm()

    def clear(self) -> None:
        """Take it back."""
        self._at = _NEVER

    def stop(self) -> None:
        """Take it back for good: no timer is left."""
        self.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._at, self._rings)

    def _rings(self) -> None:
        self._timer = None
        if self._loop.time() < self._at < _NEVER:
            self._rearm()
        elif self._at < _NEVER:
            self.clear()
            self._missed()
