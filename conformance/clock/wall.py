"""The process's clocks, following the virtual loop.

While a virtual run is active ``time.time``, ``time.time_ns`` and ``datetime.now``
show its date (through time-machine, also for names imported earlier), and
``time.monotonic`` shows the loop's time. ``time.perf_counter`` stays real, so that
test runners measure what a test truly cost.

``time.sleep`` never sleeps in real time during a run. In the loop's own thread it
lets the virtual clock pass the given seconds at once: a blocking sleep stops the
whole program for that long, and so it does here. In any other thread it waits until
the loop's clock has moved that far, and a job in an executor does not hold the clock
meanwhile. When the run ends, a job that still sleeps gets `Stuck` and any other thread
`SystemExit`, which ends it quietly.

Event loops that other threads run during a virtual run see the virtual clock
without moving it; their timers are of no use.
"""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Iterator

from conformance.clock.loop import VirtualLoop

__all__ = ["current", "following", "install", "real_sleep"]

_real_monotonic = time.monotonic
_real_monotonic_ns = time.monotonic_ns
real_sleep = time.sleep

_active: VirtualLoop | None = None


def current() -> VirtualLoop | None:
    """Return the loop of the virtual run that is active in this process, if any."""
    return _active


def _monotonic() -> float:
    loop = _active
    return _real_monotonic() if loop is None else loop.time()


def _monotonic_ns() -> int:
    loop = _active
    return _real_monotonic_ns() if loop is None else round(loop.time() * 1_000_000_000)


def _sleep(seconds: float, /) -> None:
    loop = _active
    if loop is None or not seconds > 0:
        real_sleep(seconds)  # no sleep at all, or the real one's error
    elif loop.in_own_thread():
        loop.block(seconds)
    else:
        loop.sleep_in_thread(seconds)


def install() -> None:
    """Put the switches for ``monotonic``, ``monotonic_ns`` and ``sleep`` into ``time``.

    Outside a virtual run they do what they always did. Call this before adapters are
    imported, so that ``from time import monotonic`` gets the switch too. `run` calls it
    as well; calling it again does nothing.
    """
    # These keep a `monotonic` of their own and wait with it in threads: it must be real.
    import queue  # noqa: F401
    import subprocess  # noqa: F401
    import threading  # noqa: F401

    time.monotonic = _monotonic
    time.monotonic_ns = _monotonic_ns
    time.sleep = _sleep  # type: ignore[assignment]  # takes what the real one takes


@contextlib.contextmanager
def following(loop: VirtualLoop) -> Iterator[None]:
    """Let the process's clocks follow this loop."""
    global _active
    if _active is not None:
        raise RuntimeError("a virtual run is active already in this process")
    import time_machine  # it brings pytest along where that is installed

    install()
    seconds, milliseconds = divmod(loop.epoch_ms, 1000)
    with time_machine.travel(seconds, tick=False) as traveller:
        traveller.shift(datetime.timedelta(milliseconds=milliseconds))
        shown_us = 0

        def follow() -> None:
            nonlocal shown_us
            now_us = loop.elapsed_us
            if now_us != shown_us:
                # Whole microseconds: a sum of floats would drift.
                traveller.shift(datetime.timedelta(microseconds=now_us - shown_us))
                shown_us = now_us

        follow()
        loop.on_move = follow
        _active = loop
        try:
            yield
        finally:
            _active = None
            loop.on_move = None
