"""Limits that exchanges count: so many things in so much time."""

from __future__ import annotations

from collections import deque


class SlidingWindow:
    """At most ``limit`` things in any ``window_ms``; sliding, as seen by the exchange."""

    __slots__ = ("_times", "limit", "window_ms")

    def __init__(self, limit: int, window_ms: int) -> None:
        self.limit = limit
        self.window_ms = window_ms
        self._times: deque[int] = deque()

    def hit(self, now_ms: int) -> bool:
        """Count one thing; return whether it is still within the limit."""
        times = self._times
        while times and times[0] <= now_ms - self.window_ms:
            times.popleft()
        while times and times[-1] > now_ms:
            # The clock was set back since.
            times.pop()
        if len(times) >= self.limit:
            return False
        times.append(now_ms)
        return True


class ClockWindow:
    """A budget per window of the wall clock, such as weight per UTC minute."""

    __slots__ = ("_window", "limit", "used", "window_ms")

    def __init__(self, limit: int, window_ms: int) -> None:
        self.limit = limit
        self.window_ms = window_ms
        self.used = 0
        self._window = -1

    def spend(self, cost: int, now_ms: int) -> bool:
        """Spend ``cost``; return whether the budget still held. Over budget it is spent too."""
        window = now_ms // self.window_ms
        if window != self._window:
            self._window, self.used = window, 0
        self.used += cost
        return self.used <= self.limit

    def resets_at(self, now_ms: int) -> int:
        """Return the time at which the present window ends (epoch milliseconds)."""
        return (now_ms // self.window_ms + 1) * self.window_ms


class TokenBucket:
    """``per_second`` things a second on average, up to ``burst`` at once."""

    __slots__ = ("_at_ms", "_level", "burst", "per_second")

    def __init__(self, burst: int, per_second: int) -> None:
        self.burst = burst
        self.per_second = per_second
        # In thousandths of a token, so that a millisecond adds a whole number.
        self._level = burst * 1000
        self._at_ms: int | None = None

    def take(self, now_ms: int) -> bool:
        """Take one token; return whether there was one."""
        if self._at_ms is not None and now_ms > self._at_ms:
            gained = (now_ms - self._at_ms) * self.per_second
            self._level = min(self.burst * 1000, self._level + gained)
        self._at_ms = now_ms
        if self._level < 1000:
            return False
        self._level -= 1000
        return True
