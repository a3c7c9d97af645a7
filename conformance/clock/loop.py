"""An event loop whose time jumps to the next timer when nothing else can happen."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from conformance.clock.counted import CountedLoop
from conformance.clock.errors import JumpBudget, Spinning, Stuck

__all__ = ["DEFAULT_EPOCH_MS", "DEFAULT_MAX_JUMPS", "VirtualLoop", "current_job"]

DEFAULT_EPOCH_MS = 1_772_442_930_000  # 2026-03-02T09:15:30Z: a Monday, mid-quarter, mid-minute
DEFAULT_MAX_JUMPS = 5_000_000

_START_S = 1000.0
# Two timers closer than this fire together. Above a double's step at 30 years,
# below anything a program can mean.
_RESOLUTION_S = 1e-7
_NEVER_S = 3.2e9  # a timer a century away is a way to say "never"
_BYTES_CAP_S = 5.0
_JOBS_CAP_S = 30.0
_SLEEPER_LOOK_S = 0.5  # how often a sleeping thread looks whether the loop is gone
_MAX_TURNS = 200_000
_TURNS_A_POLL = 16

# Captured before anybody installs a virtual one.
_real_monotonic = time.monotonic
_thread = threading.local()


def current_job() -> bool:
    """Whether the calling thread does an executor job of a virtual loop."""
    return getattr(_thread, "loop", None) is not None


class _Selector(selectors.DefaultSelector):
    """Polls where nothing else is to do, and asks the loop what it means if nothing came.

    Callbacks that are ready go first, as they take no time; bytes come to who turns the
    loop on and on all the same, now and then.
    """

    def __init__(self) -> None:
        super().__init__()
        self.idle: Callable[[float | None], list[tuple[selectors.SelectorKey, int]]] | None = None
        # turns of the loop since anything came, or time went on
        self.turns = 0

    def poll(self, timeout: float) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0:
            self.turns += 1
            if self.turns % _TURNS_A_POLL and self.idle is not None:
                return []
        events = super().select(0)
        if events:
            self.turns = 0
        return events if events or self.idle is None else self.idle(timeout)


class _Jobs(Executor):
    """Hands jobs on to an executor and remembers the last one."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.last: Future[Any] | None = None

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        self.last = self._executor.submit(*args, **kwargs)
        return self.last


class _Sleeper:
    """A thread that waits for the virtual clock; a job's, or one of the program's own."""

    __slots__ = ("abandoned", "is_job", "wake")

    def __init__(self, is_job: bool) -> None:
        self.is_job = is_job
        self.wake = threading.Event()
        self.abandoned = False


class VirtualLoop(CountedLoop):
    """A selector loop on a virtual clock.

    Its time stands still while anything happens: callbacks, bytes under way
    between its own sockets, jobs in executors. When nothing does, it jumps to the
    next timer, exactly. Connections are real loopback sockets throughout.

    Connections to other processes and to other threads' loops, datagrams, and sockets
    that the program reads by hand through ``add_reader`` are polled only: what is on
    its way there cannot be known, so a jump may overtake it.
    """

    def __init__(
        self, *, epoch_ms: int = DEFAULT_EPOCH_MS, max_jumps: int = DEFAULT_MAX_JUMPS
    ) -> None:
        """``epoch_ms``: the date at the start, epoch milliseconds."""
        selector = _Selector()
        self._selecting, self._poll = selector, selector.poll
        super().__init__(selector)
        self._clock_resolution = _RESOLUTION_S
        self._now_s = _START_S
        self._epoch_ms = epoch_ms
        self._max_jumps = max_jumps
        self._jumps = 0
        self._busy = 0
        self._busy_since_s = 0.0
        self._sleepers: set[_Sleeper] = set()
        self._ending = False
        # whether the run is over, and what is left is being ended
        self.winds_up = False
        self._home: int | None = None
        self.on_move: Callable[[], None] | None = None
        self._pool = ThreadPoolExecutor(thread_name_prefix="virtual-loop")
        self.set_default_executor(self._pool)
        selector.idle = self._idle

    # -- the clock

    def time(self) -> float:
        """Return virtual seconds; they start at a small round number."""
        return self._now_s

    @property
    def epoch_ms(self) -> int:
        """The date at which the loop started, epoch milliseconds."""
        return self._epoch_ms

    @property
    def elapsed_ms(self) -> int:
        """Virtual milliseconds since the start."""
        return round((self._now_s - _START_S) * 1000)

    @property
    def elapsed_us(self) -> int:
        """Virtual microseconds since the start."""
        return round((self._now_s - _START_S) * 1_000_000)

    @property
    def jumps(self) -> int:
        """How often the clock has moved."""
        return self._jumps

    def now_ms(self) -> int:
        """Return the date, epoch milliseconds."""
        return self._epoch_ms + self.elapsed_ms

    def block(self, seconds: float) -> None:
        """Let time pass inside a callback, as a blocking sleep does: nothing else runs."""
        if self._now_s + seconds >= _NEVER_S:
            raise Stuck(self._tell(f"the program blocks for {seconds:g} s"))
        self._move_to(self._now_s + seconds)

    def _move_to(self, when_s: float) -> None:
        self._selecting.turns = 0
        self._jumps += 1
        if self._jumps > self._max_jumps:
            raise JumpBudget(
                f"the clock has jumped more than {self._max_jumps} times, "
                f"{self.elapsed_ms / 1000:g} s after the start: does something poll in tiny steps?"
            )
        if when_s > self._now_s:
            self._now_s = when_s
        if self.on_move is not None:
            self.on_move()

    # -- deciding what idleness means

    def _idle(self, timeout: float | None) -> list[tuple[selectors.SelectorKey, int]]:
        """Nothing is readable. With ``timeout`` 0 callbacks are ready; else nothing is."""
        if timeout is not None and timeout <= 0:
            if self._selecting.turns > _MAX_TURNS:
                self._spin()
            return []
        if self._busy:
            return self._wait_for_jobs()
        if self._account.in_flight():
            return self._wait_for_bytes()
        when = self._next_timer_s()
        if when >= _NEVER_S:
            return self._wait_for_strangers()
        self._move_to(when)
        return []

    def _next_timer_s(self) -> float:
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]  # private
        return timers[0].when() if timers else _NEVER_S

    def _spin(self) -> None:
        self._selecting.turns = 0
        if self._busy:  # it may well wait for the job, in real time
            if _real_monotonic() - self._busy_since_s > _JOBS_CAP_S:
                raise self._stuck_in_a_job()
            return
        raise Spinning(
            self._tell(
                f"the loop has turned {_MAX_TURNS} times without a pause: something waits in a "
                "loop of sleep(0), and virtual time only passes while everybody waits"
            )
        )

    def _wait_for_jobs(self) -> list[tuple[selectors.SelectorKey, int]]:
        self._selecting.turns = 0
        left = self._busy_since_s + _JOBS_CAP_S - _real_monotonic()
        events = self._poll(max(left, 0.001))
        if not events and left <= 0:
            raise self._stuck_in_a_job()
        return events

    def _stuck_in_a_job(self) -> Stuck:
        return Stuck(
            self._tell(
                f"an executor job has not ended in {_JOBS_CAP_S:g} s of real time: the clock "
                "stands while it runs, so it must not wait for anything due later"
            )
        )

    def _wait_for_bytes(self) -> list[tuple[selectors.SelectorKey, int]]:
        self._selecting.turns = 0
        end = _real_monotonic() + _BYTES_CAP_S
        while (left := end - _real_monotonic()) > 0:
            events = self._poll(left)
            if events:
                return events
        raise Stuck(self._tell(f"bytes under way have not arrived in {_BYTES_CAP_S:g} s"))

    def _wait_for_strangers(self) -> list[tuple[selectors.SelectorKey, int]]:
        """No timer is left: only somebody outside this loop can go on."""
        self._selecting.turns = 0
        pipe: socket.socket = self._ssock  # type: ignore[attr-defined]  # private
        if self._account.has_strangers(pipe.fileno()) or self._other_threads():
            events = self._poll(_BYTES_CAP_S)
            if events:
                return events
        raise Stuck(self._tell("nothing can ever happen: no timer is set and nothing is under way"))

    def _other_threads(self) -> bool:
        # Idle workers of the loop's own pool can do nothing by themselves.
        workers = self._pool._threads
        return any(
            thread.ident != self._home and thread not in workers for thread in threading.enumerate()
        )

    def _tell(self, what: str) -> str:
        lines = [f"{what} ({self.elapsed_ms / 1000:g} s after the start)"]
        for task in sorted(asyncio.all_tasks(self), key=lambda task: task.get_name())[:10]:
            frames = task.get_stack(limit=1)
            where = f" at {frames[0].f_code.co_filename}:{frames[0].f_lineno}" if frames else ""
            name = getattr(task.get_coro(), "__qualname__", "?")
            lines.append(f"  waiting: {task.get_name()} ({name}){where}")
        return "\n".join(lines)

    # -- executor jobs

    def run_in_executor(  # type: ignore[override]  # typeshed's is a TypeVarTuple
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a job; the clock stands still until it has ended."""
        chosen = self._pool if executor is None else executor
        jobs = _Jobs(chosen)
        if isinstance(chosen, ThreadPoolExecutor):
            future = super().run_in_executor(jobs, self._job, func, *args)
        else:
            future = super().run_in_executor(jobs, func, *args)
        self._job_begins()
        # After asyncio's own callback, so that the result is there before the clock may move;
        # on the job rather than on `future`, as a cancelled future leaves its thread running.
        assert jobs.last is not None
        jobs.last.add_done_callback(self._job_has_ended)
        return future

    def _job(self, func: Callable[..., Any], *args: Any) -> Any:
        _thread.loop = self
        try:
            return func(*args)
        finally:
            _thread.loop = None

    def _job_begins(self) -> None:
        self._busy += 1
        self._busy_since_s = _real_monotonic()

    def _job_has_ended(self, _: Future[Any]) -> None:
        with contextlib.suppress(RuntimeError):  # the run is over, the loop closed
            self.call_soon_threadsafe(self._job_ends)

    def _job_ends(self) -> None:
        self._busy -= 1
        self._busy_since_s = _real_monotonic()

    def sleep_in_thread(self, seconds: float) -> None:
        """Sleep in a thread other than the loop's: wait until the virtual clock is there.

        While a job sleeps it does not hold the clock.
        """
        sleeper = _Sleeper(getattr(_thread, "loop", None) is self)
        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self.call_soon_threadsafe(self._begin_sleep, sleeper, seconds)
        while not sleeper.wake.wait(_SLEEPER_LOOK_S):
            if self.is_closed():
                sleeper.abandoned = True
                break
        if sleeper.abandoned and sleeper.is_job:
            raise Stuck("the virtual run ended while this thread slept")
        if sleeper.abandoned:
            # Ends a thread without noise, but for pytest, which hooks every end by exception.
            thread: Any = threading.current_thread()
            thread._invoke_excepthook = lambda _: None
            raise SystemExit

    def _begin_sleep(self, sleeper: _Sleeper, seconds: float) -> None:
        if self._ending:
            sleeper.abandoned = True
            sleeper.wake.set()
            return
        self._sleepers.add(sleeper)
        self._busy -= sleeper.is_job
        self.call_later(seconds, self._end_sleep, sleeper)

    def _end_sleep(self, sleeper: _Sleeper) -> None:
        if sleeper in self._sleepers:
            self._sleepers.remove(sleeper)
            self._wake(sleeper)

    def _abandon_sleepers(self) -> None:
        self._ending = True
        while self._sleepers:
            sleeper = self._sleepers.pop()
            sleeper.abandoned = True
            self._wake(sleeper)

    def _wake(self, sleeper: _Sleeper) -> None:
        if sleeper.is_job:
            self._job_begins()  # before its thread can do anything
        sleeper.wake.set()

    # -- running

    def run_forever(self) -> None:
        """Run until stopped."""
        self._home = threading.get_ident()
        super().run_forever()

    def in_own_thread(self) -> bool:
        """Whether the caller runs in the loop's thread."""
        return self._home == threading.get_ident()

    def wind_up(self) -> None:
        """Cancel what is left and wait for executor jobs; the loop cannot be used after."""
        self.winds_up = True
        self._selecting.turns = 0
        self._max_jumps = self._jumps + 10_000
        self._busy_since_s = _real_monotonic()
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for task in tasks:
            if not task.cancelled() and task.exception() is not None:
                self.call_exception_handler(
                    {
                        "message": "unhandled exception while the virtual run wound up",
                        "exception": task.exception(),
                        "task": task,
                    }
                )
        self.run_until_complete(self.shutdown_asyncgens())
        self._abort_transports()
        self._abandon_sleepers()
        while self._busy > 0:
            self.run_until_complete(asyncio.sleep(0))
            if self._busy:
                self._process_events(self._wait_for_jobs())  # type: ignore[attr-defined]  # private

    def _abort_transports(self) -> None:
        transports = list(self._transports.values())  # type: ignore[attr-defined]  # private
        for transport in transports:
            transport.abort()
        if transports:
            self.run_until_complete(asyncio.sleep(0))

    def abandon(self) -> None:
        """Close at once; jobs that have not ended are left to themselves."""
        self._abandon_sleepers()
        self._pool.shutdown(wait=self._busy <= 0, cancel_futures=True)
        self.close()
