"""Real time running out: cuts off what never gives the loop a turn.

An alarm raises `Hanging` in the main thread, again every second. From the second time on it
rings in salvoes, so that a handler which swallows one is hit by the next. Where the alarm was
taken away, a watcher raises it instead. What outlasts all that ends the process, with a last word:
nothing else can be done about code that does not let go.
"""

from __future__ import annotations

import _thread
import collections
import contextlib
import ctypes
import faulthandler
import functools
import gc
import importlib.util
import os
import signal
import sys
import sysconfig
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

__all__ = [
    "Hanging",
    "Patience",
    "bury",
    "here_is_stderr",
    "patience",
    "taken",
    "wait_for_debugger",
]

# real seconds after the first alarm until it is clear that it was taken away
_STOLEN_S = 1.0
# real seconds after the first alarm at which the process is given up
LAST_S = 20.0
# how often more time is given to what goes on, but slowly: a busy machine is nobody's fault
_GRANTS = 4
# what follows where not even the last word can be said: the interpreter's lock is held
_DUMB_S = 5.0
# alarms in a salvo at most
_SALVO = 20
_STDLIB = sysconfig.get_path("stdlib")
# generators that put the process back, and must not be cut off meanwhile: on the stack, they
# begin or end
_WHOLE = (("clock", "following"), ("network", "active"), ("process", "kept"))

# time.monotonic follows the virtual clock
_real_s = time.perf_counter
# what is judged may not call it
_exit = os._exit
# A pending alarm. A subscript, as a call would be interrupted at once, before we have raised.
_pending: collections.defaultdict[int, object] = collections.defaultdict(
    functools.partial(_thread.interrupt_main, getattr(signal, "SIGALRM", signal.SIGINT))
)
# what somebody else has set meanwhile that is ours for as long as a check lasts
taken: list[str] = []
_stderr = 2
_dump = True
_current: list[Patience] = []


class Hanging(BaseException):
    """Real time ran out; not an Exception, so that adapters do not eat it.

    ``trail`` are the last lines of what ran, but for the suite's own; ``method`` is where
    that began.
    """

    trail = ""
    method = ""


def here_is_stderr(keep_dumps: bool = True) -> None:
    """Remember where stderr leads now, before it is captured: the last word goes there.

    Without ``keep_dumps`` faulthandler's timer is somebody else's, and left alone.
    """
    global _stderr, _dump
    with contextlib.suppress(OSError):
        _stderr = os.dup(2)
    _dump = keep_dumps


def wait_for_debugger() -> None:
    """Cut nothing off that runs now: somebody looks at it with a debugger."""
    for each in _current:
        each.stop()


@contextlib.contextmanager
def patience(
    seconds: float,
    who: str = "it",
    last_s: float | None = None,
    progress: Callable[[], int] | None = None,
) -> Iterator[Patience]:
    """Raise Hanging in the block after so many real seconds, where the platform can.

    While the number that ``progress`` returns goes on growing, it is given as much time again,
    some times over. What cannot be cut off ends the process ``last_s`` later, which tells ``who``.
    """
    mine = Patience(seconds, who, LAST_S if last_s is None else last_s, progress)
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield mine
        return
    _current.append(mine)
    mine.start()
    try:
        yield mine
        if mine.rung:  # and somebody has swallowed it, or it hit a task that nobody awaits
            raise Hanging
    except Hanging as hanging:
        hanging.trail, hanging.method = mine.trail, mine.method
        raise
    except Exception as error:
        if not mine.rung:
            raise
        swallowed = Hanging()
        swallowed.trail, swallowed.method = mine.trail, mine.method
        raise swallowed from error
    finally:
        try:
            mine.stop()
        except Hanging:  # it was on its way already
            mine.stop()
        _current.remove(mine)


def bury(who: str = "it") -> None:
    """Destroy what was cut off, while it can be cut off: destructors run its code again."""
    hook, sys.unraisablehook = sys.unraisablehook, _nothing
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its debris is told of already
            for _ in range(2):
                with contextlib.suppress(Hanging), patience(1.0, who):
                    gc.collect()
    finally:
        sys.unraisablehook = hook


def _nothing(_: object) -> None:
    pass


class Patience:
    """The alarm of one block, not set yet."""

    def __init__(
        self, seconds: float, who: str, last_s: float, progress: Callable[[], int] | None
    ) -> None:
        self._seconds = seconds
        self._progress = progress
        self._seen = 0
        self._grants = 0
        self._rings_at = 0.0
        self._who = who
        self._last_s = last_s
        self._rings = 0
        self._salvo = 0
        self._armed = False
        self._over = _thread.allocate_lock()
        self._main = threading.get_ident()
        self._shooting = _thread.allocate_lock()
        self._stopped = False
        self._shot = False
        self._depth = _depth(sys._getframe())
        self.trail = ""
        self.method = ""

    @property
    def rung(self) -> bool:
        """Whether it has rung."""
        return self._rings > 0

    def grant(self, seconds: float) -> None:
        """Let the next alarm come after so many real seconds."""
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)

    def start(self) -> None:
        """Set it."""
        self._over.acquire()
        self._rings_at = _real_s() + self._seconds
        self._seen = self._progress() if self._progress is not None else 0
        # not one of threading's: nobody is to wait for it, or to take it for a subject's
        _thread.start_new_thread(self._watch, ())
        if _dump:
            faulthandler.dump_traceback_later(
                self._seconds + self._last_s + _DUMB_S, exit=True, file=_stderr
            )
        self._handler = signal.signal(signal.SIGALRM, self._ring)
        self._armed = True
        # again every second: the first may hit a task whose end nobody waits for
        self._timer = signal.setitimer(signal.ITIMER_REAL, self._seconds, 1.0)

    def stop(self) -> None:
        """Take it back; again is harmless."""
        if self._stopped:
            return
        self._armed = False  # first of all: an alarm may come at any line here
        with self._shooting:
            shot, self._shot = self._shot, False
        if shot:
            # It is taken here if it was on its way. Taking it back by None, as one may, leaves
            # the interpreter looking out for it for ever.
            with contextlib.suppress(Hanging):
                for _ in range(10):
                    pass
        if signal.setitimer(signal.ITIMER_REAL, *self._timer)[1] != 1.0:
            taken.append("the process's timer ITIMER_REAL")
        if signal.signal(signal.SIGALRM, self._handler) != self._ring:
            taken.append("the handler of SIGALRM")
        if _dump:
            faulthandler.cancel_dump_traceback_later()
        self._stopped = True
        self._over.release()

    def _ring(self, _: int, frame: FrameType | None) -> None:
        if not self._armed or _debugged():
            return
        if self._rings == 0 and self._goes_on():
            return
        if _is_whole(frame):
            signal.setitimer(signal.ITIMER_REAL, 0.01, 1.0)
            return
        if self._salvo > 0:
            self._salvo -= 1
        else:
            self._salvo = min(self._rings, _SALVO)
            self._rings += 1
        self._note(frame)
        if self._salvo > 0:
            _pending.clear()
            _pending[0]
        raise Hanging

    def _goes_on(self) -> bool:
        """Return whether something has come about meanwhile; then it has as much time again."""
        if self._progress is None or self._grants >= _GRANTS or self._progress() <= self._seen:
            return False
        self._seen, self._grants = self._progress(), self._grants + 1
        self._rings_at = _real_s() + self._seconds
        if _dump:
            faulthandler.dump_traceback_later(
                self._seconds + self._last_s + _DUMB_S, exit=True, file=_stderr
            )
        self.grant(self._seconds)
        return True

    def _note(self, frame: FrameType | None) -> None:
        """Remember what ran at first, as the adapter's author sees it."""
        if self.trail or frame is None:
            return
        own = [
            each for each in traceback.extract_stack(frame) if not _is_foreign(each.filename)
        ][self._depth :]  # fmt: skip
        self.method = own[0].name if own else ""
        self.trail = "\n".join(f"{f.filename}:{f.lineno} in {f.name}: {f.line}" for f in own[-3:])

    def _watch(self) -> None:
        """Run in a thread: wait for the end of the block, and see to it that it comes."""
        rings_at = 0.0
        while rings_at != self._rings_at:  # it was granted more
            rings_at = self._rings_at
            late_s = rings_at - _real_s() + min(_STOLEN_S, self._last_s)
            if self._over.acquire(timeout=max(0.01, late_s)):
                return
        ends = rings_at + self._last_s
        while not self._over.acquire(timeout=max(0.01, min(1.0, ends - _real_s()))):
            if not self._armed or _debugged():
                return
            if _real_s() >= ends:
                self._give_up()
            if self._rings == 0:
                self._note(sys._current_frames().get(self._main))
                with self._shooting:
                    if self._armed:
                        self._shot = True
                        _shoot(self._main, Hanging)

    def _give_up(self) -> None:
        frame = sys._current_frames().get(self._main)
        self._note(frame)
        where = f", in {self.method}" if self.method else ""
        stack = "".join(traceback.format_stack(frame)[-12:]) if frame else ""
        told = (
            f"\n\nconformance: {self._who} hangs and cannot be cut off{where}\n{self.trail}\n"
            "The run ends here, without a report: code that catches every exception, or blocks "
            "outside of Python, can only be left with its process.\n"
            "Under pytest-xdist (-n 1) the other checks are judged all the same.\n\n"
            f"{stack}"
        )
        with contextlib.suppress(OSError):
            os.write(_stderr, told.encode("utf-8", "replace"))
        _exit(1)


def _shoot(thread: int, error: type[BaseException]) -> None:
    """Raise an exception in a thread as soon as it runs Python again."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _depth(frame: FrameType | None) -> int:
    """Return how many calls of a stack are no part of the suite."""
    depth = 0
    while frame is not None:
        depth += not _is_foreign(frame.f_code.co_filename)
        frame = frame.f_back
    return depth


@functools.cache
def _rooms() -> tuple[str, ...]:
    here = Path(__file__).parent
    spec = importlib.util.find_spec("aiohttp")
    rooms = [here, here.parent / "mock_exchanges"]
    rooms += [Path(spec.origin).parent] if spec is not None and spec.origin else []
    return tuple(f"{room}{os.sep}" for room in rooms)


@functools.cache
def _is_foreign(file: str) -> bool:
    """Return whether code is the suite's, or of what it is made from."""
    if file.startswith(_STDLIB) and "site-packages" not in file:
        return True
    return file.startswith(("<frozen", *_rooms()))


def _is_whole(frame: FrameType | None) -> bool:
    while frame is not None:
        code = frame.f_code
        for room, name in _WHOLE:
            if code.co_name == name and f"conformance{os.sep}{room}" in code.co_filename:
                return True
        frame = frame.f_back
    return False


def _debugged() -> bool:
    """Return whether a debugger traces this process."""
    trace = sys.gettrace()
    module = getattr(trace, "__module__", None) or type(trace).__module__
    return module.partition(".")[0] in ("bdb", "pdb", "pydevd", "_pydevd_bundle", "debugpy")
