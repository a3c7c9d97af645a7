"""What is judged does not end the process: the calls that do so at once raise instead.

Nothing would be told of such an end, and its status may say that all went well.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import NoReturn

from conformance.patience import taken

__all__ = ["EndsTheProcess", "staying"]

_exit, _abort = os._exit, os.abort


class EndsTheProcess(SystemExit):
    """Raised in place of an end that no ``except`` and no ``finally`` would see."""


@contextlib.contextmanager
def staying() -> Iterator[None]:
    """Let ``os._exit`` and ``os.abort`` raise EndsTheProcess, in the block's own threads.

    Children end as they like, and so does a thread that was there before: one that watches
    over the run, as those of pytest-timeout and execnet do.
    """
    ours = os.getpid()
    others = sys._current_frames().keys() - {threading.get_ident()}

    def refuse(call: str, end: Callable[[], NoReturn]) -> NoReturn:
        if os.getpid() != ours or threading.get_ident() in others:
            end()
        taken.append(f"the process itself, ended by {call}")  # should it be swallowed
        raise EndsTheProcess(call)

    def leave(status: int) -> NoReturn:
        refuse(f"os._exit({status!r})", lambda: _exit(status))

    def abort() -> NoReturn:
        refuse("os.abort()", _abort)

    before = os._exit, os.abort
    os._exit, os.abort = leave, abort
    try:
        yield
    finally:
        os._exit, os.abort = before
