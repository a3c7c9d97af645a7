"""How long a host waits between attempts: longer each time, never in step with others."""

from __future__ import annotations

import random

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0


class Pauses:
    """Pauses between connections, in seconds: each twice as long as the one before, jittered."""

    def __init__(
        self,
        drawn: random.Random,
        first_s: float = FIRST_PAUSE_S,
        longest_s: float = LONGEST_PAUSE_S,
    ) -> None:
        self._drawn = drawn
        self._first_s = first_s
        self._longest_s = longest_s
        self._next_s = first_s

    def next(self) -> float:
        """Return how long to wait now: the due pause, shorter or longer by up to a quarter."""
        pause, self._next_s = self._next_s, min(self._next_s * 2, self._longest_s)
        return pause * (0.75 + self._drawn.random() / 2)

    def begin_again(self) -> None:
        """All went well: the next pause is a short one."""
        self._next_s = self._first_s
