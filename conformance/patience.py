"""Real time running out: cuts off what never gives the loop a turn."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


class Hanging(BaseException):
    """Real time ran out; not an Exception, so that adapters do not eat it."""


@contextlib.contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raise Hanging in the block after so many real seconds, where the platform can."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def ring(*_: object) -> None:
        raise Hanging

    previous = signal.signal(signal.SIGALRM, ring)
    # again every second: the first may hit a task whose end nobody waits for
    before = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, previous)
