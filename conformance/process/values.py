"""The settings of a process that a check's subject may change, and how each is put back."""

from __future__ import annotations

import asyncio
import contextlib
import decimal
import functools
import gc
import locale
import logging
import os
import random
import signal
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Level", "Value", "values"]


class Level(StrEnum):
    """How much a change means to a host program."""

    # other parts of the host no longer work
    BREAKS = "breaks"
    # other parts of the host notice
    SHARED = "shared"
    # usual, and put back all the same
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Value:
    """One setting: its name for people, how to read it, how to put a value that was read back."""

    what: str
    level: Level
    read: Callable[[], Any]
    put: Callable[[Any], object]


_SIGNALS = [
    each for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGCHLD", "SIGPIPE",
                      "SIGUSR1", "SIGUSR2", "SIGPROF", "SIGVTALRM")
    if (each := getattr(signal, name, None)) is not None
]  # fmt: skip


@functools.cache
def values() -> tuple[Value, ...]:
    """Return the settings, in the order in which they are put back."""
    return tuple(_values())


def _values() -> Iterator[Value]:
    breaks, shared, quiet = Level.BREAKS, Level.SHARED, Level.QUIET
    for number in _SIGNALS:
        yield Value(
            f"the handler of {number.name}", breaks,
            lambda number=number: signal.getsignal(number),  # type: ignore[misc]
            lambda old, number=number: _set_handler(number, old),  # type: ignore[misc]
        )  # fmt: skip
    if hasattr(signal, "getitimer"):
        for which, name in (
            (signal.ITIMER_REAL, "ITIMER_REAL"),
            (signal.ITIMER_VIRTUAL, "ITIMER_VIRTUAL"),
            (signal.ITIMER_PROF, "ITIMER_PROF"),
        ):
            # whether it runs: what is left of it changes by itself
            yield Value(
                f"the process's timer {name}", breaks,
                lambda which=which: any(signal.getitimer(which)),  # type: ignore[misc]
                lambda old, which=which: old or signal.setitimer(which, 0),  # type: ignore[misc]
            )  # fmt: skip
        yield Value(
            "the signals that are blocked", breaks,
            lambda: signal.pthread_sigmask(signal.SIG_BLOCK, []),
            lambda old: signal.pthread_sigmask(signal.SIG_SETMASK, old),
        )  # fmt: skip
    yield Value("socket.setdefaulttimeout", breaks, socket.getdefaulttimeout,
                socket.setdefaulttimeout)  # fmt: skip
    for name in ("stdin", "stdout", "stderr", "excepthook", "unraisablehook", "displayhook"):
        yield _attribute(sys, f"sys.{name}", shared)
    yield Value("sys.settrace", shared, sys.gettrace, sys.settrace)
    yield Value("sys.setprofile", shared, sys.getprofile, sys.setprofile)
    yield Value("sys.setrecursionlimit", shared, sys.getrecursionlimit, sys.setrecursionlimit)
    yield Value("sys.setswitchinterval", shared, sys.getswitchinterval, sys.setswitchinterval)
    yield _attribute(threading, "threading.excepthook", shared)
    yield _listed(sys, "path", "sys.path", shared)
    yield Value("the working directory", shared, _folder, os.chdir)
    yield Value("the umask", shared, _umask, os.umask)
    yield Value("os.environ", shared, lambda: dict(os.environ), _set_environment)
    if hasattr(time, "tzset"):
        # after the environment, which it reads
        yield Value("the time zone (time.tzset)", shared, lambda: (time.timezone, time.tzname),
                    lambda _: time.tzset())  # fmt: skip
    yield Value("the locale", shared, lambda: locale.setlocale(locale.LC_ALL),
                lambda old: locale.setlocale(locale.LC_ALL, old))  # fmt: skip
    yield Value("decimal.getcontext()", shared, lambda: _decimal(decimal.getcontext()),
                lambda old: _set_decimal(decimal.getcontext(), old))  # fmt: skip
    yield Value("decimal.DefaultContext", shared, lambda: _decimal(decimal.DefaultContext),
                lambda old: _set_decimal(decimal.DefaultContext, old))  # fmt: skip
    yield Value(
        "gc.disable", shared, gc.isenabled, lambda old: gc.enable() if old else gc.disable()
    )
    yield Value("gc.set_threshold", quiet, gc.get_threshold, lambda old: gc.set_threshold(*old))
    yield Value("logging.disable", shared, lambda: logging.root.manager.disable, logging.disable)
    yield Value("the root logger's level", quiet, lambda: logging.root.level, logging.root.setLevel)
    yield _listed(logging.root, "handlers", "the root logger's handlers", quiet)
    yield _listed(logging.root, "filters", "the root logger's filters", quiet)
    yield Value("loggers, which were disabled", quiet, _disabled, _enable_others)
    yield _listed(warnings, "filters", "warnings.filters", quiet)
    yield Value("random.seed", quiet, random.getstate, random.setstate)
    yield Value("asyncio.set_event_loop_policy", shared, _policy, _set_policy)
    yield Value("asyncio.set_event_loop", shared, _current_loop, _set_current_loop)


def _attribute(owner: Any, what: str, level: Level) -> Value:
    name = what.rpartition(".")[2]
    return Value(what, level, lambda: getattr(owner, name), lambda old: setattr(owner, name, old))


def _listed(owner: Any, name: str, what: str, level: Level) -> Value:
    """Return a list that is put back in place: others hold it."""

    def put(old: list[Any]) -> None:
        getattr(owner, name)[:] = old
        if owner is warnings:
            getattr(warnings, "_filters_mutated", lambda: None)()

    return Value(what, level, lambda: list(getattr(owner, name)), put)


def _set_handler(number: signal.Signals, old: Any) -> None:
    if old is not None and threading.current_thread() is threading.main_thread():
        signal.signal(number, old)


def _folder() -> str:
    with contextlib.suppress(OSError):
        return os.getcwd()
    return os.sep  # it was removed


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


def _set_environment(old: dict[str, str]) -> None:
    for name in os.environ.keys() - old.keys():
        del os.environ[name]
    for name, value in old.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


_DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


def _decimal(context: decimal.Context) -> tuple[Any, ...]:
    numbers = tuple(getattr(context, name) for name in _DECIMAL)
    return *numbers, tuple(signal for signal, on in context.traps.items() if on)


def _set_decimal(context: decimal.Context, old: tuple[Any, ...]) -> None:
    for name, value in zip(_DECIMAL, old[:-1], strict=True):
        setattr(context, name, value)
    for trap in context.traps:
        context.traps[trap] = trap in old[-1]


def _disabled() -> set[str]:
    return {
        name for name, logger in logging.root.manager.loggerDict.copy().items()
        if isinstance(logger, logging.Logger) and logger.disabled
    }  # fmt: skip


def _enable_others(old: set[str]) -> None:
    for name in _disabled() - old:
        logging.getLogger(name).disabled = False


# the policy as it is, without making one; deprecated to ask for, and private where it stays


def _policy() -> Any:
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    # the usual one is made when it is first asked for
    return None if type(policy) is _usual_policy() else policy


def _usual_policy() -> Any:
    for name in ("DefaultEventLoopPolicy", "_DefaultEventLoopPolicy"):
        if name in vars(asyncio):
            return vars(asyncio)[name]
    return None


def _set_policy(old: Any) -> None:
    asyncio.events._event_loop_policy = old  # type: ignore[attr-defined]  # private


def _current_loop() -> Any:
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    return getattr(getattr(policy, "_local", None), "_loop", None)


def _set_current_loop(old: Any) -> None:
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    local = getattr(policy, "_local", None)
    if local is not None:
        local._loop = old
