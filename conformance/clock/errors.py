"""What can go wrong with virtual time."""

from __future__ import annotations

__all__ = ["ClockError", "JumpBudget", "Spinning", "Stuck"]


class ClockError(RuntimeError):
    """The virtual clock cannot go on; the program under it is at fault, not the clock."""


class Stuck(ClockError):
    """Nothing can ever happen any more, or what is under way does not arrive."""


class Spinning(ClockError):
    """The program turns the loop without pause, so the clock can never move."""


class JumpBudget(ClockError):
    """The clock has jumped more often than the run allows."""
