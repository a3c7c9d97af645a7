"""What is judged does not end the process: the calls that do so at once raise instead.

Nothing would be told of such an end, and its status may say that all went well.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import NoReturn

from conformance.patience import taken

__all__ = ["EndsTheProcess", "staying"]

_exit, _abort = os._exit, os.abort


class EndsTheProcess(SystemExit):
    """Raised in place of an end that no ``except`` and no ``finally`` would see."""


@contextlib.contextmanager
def staying() -> Iterator[None]:
    """Let ``os._exit`` and ``os.abort`` raise EndsTheProcess; children end as they like."""
    ours = os.getpid()

    def refuse(call: str, end: Callable[[], NoReturn]) -> NoReturn:
        if os.getpid() != ours:
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
