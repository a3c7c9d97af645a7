"""Whose an exception is that came out of a call: the subject's, the suite's, or the user's."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from conformance.patience import Hanging, taken

__all__ = ["Blame", "Cancels", "by_user", "is_subjects", "noting_interrupts"]

_interrupted = False


def by_user() -> bool:
    """Return whether the user has interrupted, since `noting_interrupts` began."""
    return _interrupted


@contextlib.contextmanager
def noting_interrupts() -> Iterator[None]:
    """Tell Ctrl-C from a KeyboardInterrupt that a subject raises, or keeps from us.

    An interrupt that the block has swallowed is raised again at its end.
    """
    global _interrupted
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return

    def note(number: int, frame: FrameType | None) -> None:
        global _interrupted
        _interrupted = True
        before(number, frame)

    _interrupted = False
    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        if signal.signal(signal.SIGINT, before) is not note:
            taken.append("the handler of SIGINT")
    if _interrupted:
        raise KeyboardInterrupt


def is_subjects(error: BaseException) -> bool:
    """Return whether an exception is the subject's own, of whatever kind."""
    if isinstance(error, KeyboardInterrupt):
        return not _interrupted
    return not isinstance(error, Hanging)


class Cancels(Exception):
    """The subject cancels the task of its caller."""

    def __init__(self) -> None:
        super().__init__("it cancels the task of its caller")


class Blame:
    """Tells, in one task, what a call of the subject raised from what the suite did meanwhile."""

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._cancels = self._task.cancelling() if self._task is not None else 0

    def falls(self, error: BaseException) -> bool:
        """Return whether the call itself raised an exception."""
        if isinstance(error, asyncio.CancelledError):
            return not self._cancelled()
        if isinstance(error, GeneratorExit):  # or the suite's own coroutine is thrown away
            return _current_task() is self._task
        return is_subjects(error)

    async def settle(self) -> None:
        """Call it after what ran without a pause. Raises Cancels if that cancelled the task."""
        if not self._cancelled():
            return
        assert self._task is not None
        while self._cancelled():
            self._task.uncancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        raise Cancels

    def _cancelled(self) -> bool:
        return self._task is not None and self._task.cancelling() > self._cancels


def _current_task() -> asyncio.Task[object] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
