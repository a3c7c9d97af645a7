"""Virtual time: hours of exchange traffic in seconds, exactly and repeatably."""

from __future__ import annotations

from conformance.clock.errors import ClockError, JumpBudget, Spinning, Stuck
from conformance.clock.loop import DEFAULT_EPOCH_MS, DEFAULT_MAX_JUMPS, VirtualLoop
from conformance.clock.run import run
from conformance.clock.wall import current, install

__all__ = [
    "DEFAULT_EPOCH_MS",
    "DEFAULT_MAX_JUMPS",
    "ClockError",
    "JumpBudget",
    "Spinning",
    "Stuck",
    "VirtualLoop",
    "current",
    "install",
    "run",
]
