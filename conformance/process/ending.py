"""A process ends although a subject's threads and children do not.

A thread that is no daemon, and a job in an executor, keep the interpreter from ending until they
are over. Those that a subject left behind are not waited for.
"""

from __future__ import annotations

import _thread
import atexit
import concurrent.futures.thread
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Collection
from typing import Any

__all__ = ["children", "children_since", "end_children", "left_since", "status"]

# real seconds that what a subject left behind has to end, when everything else has
_GRACE_S = 2.0
# and in which what is registered with atexit is through
_ATEXIT_S = 20.0
_sleep = time.sleep
_exit = os._exit
_TASKS = "/proc/self/task"

_left: list[threading.Thread] = []
# open until the process ends: what waits for it is begun before, as later no thread may begin
_ends = _thread.allocate_lock()
_children: set[int] = set()
_status = 0
_registered = False


def status(code: int) -> None:
    """Remember the process's exit status, should it have to be ended here."""
    global _status
    _status = code


def see_to_it() -> None:
    """Let nothing that was judged keep the process when it is to end."""
    global _registered
    if not _registered:
        _registered = True
        # Runs before the interpreter waits for threads; private, and the only place that does.
        register: Any = getattr(threading, "_register_atexit", atexit.register)
        with contextlib.suppress(RuntimeError):  # it ends already
            _ends.acquire()
            _thread.start_new_thread(_end_at_last, ())
            register(_end)


def left_since(before: Collection[threading.Thread]) -> list[threading.Thread]:
    """Return the threads begun since that keep a process from ending; the end forgets them.

    Workers of executors are none of these: idle, they end with the process.
    """
    begun = [each for each in threading.enumerate() if each not in before and not each.daemon]
    if not begun:
        return []
    see_to_it()
    _left[:] = [*filter(threading.Thread.is_alive, _left), *begun]
    workers: Any = getattr(concurrent.futures.thread, "_threads_queues", {})
    return [each for each in begun if each not in workers]


def _end() -> None:
    """End the process without those that were left behind, if they do not end themselves."""
    _ends.release()
    # as the executors' own end does, which would wait for each
    concurrent.futures.thread._shutdown = True
    for queue in list(getattr(concurrent.futures.thread, "_threads_queues", {}).values()):
        queue.put(None)
    for each in _left:
        each.join(_GRACE_S if each is _left[0] else 0.05)
    alive = [each.name for each in _left if each.is_alive()]
    if not alive:
        return
    names = ", ".join(alive[:5]) + (f" and {len(alive) - 5} more" if alive[5:] else "")
    with contextlib.suppress(Exception):
        print(  # noqa: T201 - the last word
            f"conformance: threads of what was judged still run ({names}); the process ends "
            "without them",
            file=sys.stderr,
        )
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    _exit(_status)


def _end_at_last() -> None:
    """End the process, in a thread, where what is registered with atexit does not."""
    _ends.acquire()
    _sleep(_ATEXIT_S)
    with contextlib.suppress(OSError):
        os.write(2, b"conformance: the process does not end by itself; it is ended\n")
    _exit(_status)


def children() -> set[int]:
    """Return the ids of this process's children, where the system tells them."""
    found: set[int] = set()
    with contextlib.suppress(OSError, ValueError):
        for each in os.listdir(_TASKS):
            with open(f"{_TASKS}/{each}/children", "rb", buffering=0) as file:
                found.update(map(int, file.read().split()))
    return found


def children_since(before: Collection[int]) -> None:
    """Remember the children that were begun since, for the end."""
    tracker: Any = getattr(
        sys.modules.get("multiprocessing.resource_tracker"), "_resource_tracker", None
    )
    _children.update(children() - set(before) - {getattr(tracker, "_pid", None)})


def end_children() -> None:
    """End the children that were left behind: they hold on to the run's output."""
    for each in _children & children():
        with contextlib.suppress(OSError):
            os.kill(each, signal.SIGKILL)
    _children.clear()
