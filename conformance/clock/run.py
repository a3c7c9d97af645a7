"""Running a program on virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from conformance.clock.errors import ClockError
from conformance.clock.loop import DEFAULT_EPOCH_MS, DEFAULT_MAX_JUMPS, VirtualLoop
from conformance.clock.wall import current, following

__all__ = ["run"]

T = TypeVar("T")


def run(
    main: Callable[[], Coroutine[Any, Any, T]],
    *,
    epoch_ms: int = DEFAULT_EPOCH_MS,
    max_jumps: int = DEFAULT_MAX_JUMPS,
) -> T:
    """Run ``main()`` on a fresh virtual loop and return its result.

    The clocks of the process show ``epoch_ms`` (epoch milliseconds) at the start and
    follow the loop. `JumpBudget` is raised after ``max_jumps`` jumps, `Stuck` when
    nothing can ever happen, `Spinning` when the program never pauses. Tasks left over
    are cancelled, and everything is put back, whatever happened. No event loop may be
    running in the calling thread.
    """
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("run() cannot be called while an event loop runs in this thread")
    if current() is not None:
        raise RuntimeError("a virtual run is active already in this process")
    loop = VirtualLoop(epoch_ms=epoch_ms, max_jumps=max_jumps)
    failed = True
    with following(loop):
        try:
            result = loop.run_until_complete(main())
            failed = False
        finally:
            try:
                # What broke the run breaks its end as well: tell of the first only.
                with contextlib.suppress(*([ClockError] if failed else [])):
                    loop.wind_up()
            finally:
                loop.abandon()
    return result
