"""What an adapter changes in the process is put back after each check; what matters is told."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import decimal
import gc
import json
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
from collections.abc import Callable
from typing import Any

import pytest

from conformance.process.keeping import Change, kept
from conformance.process.output import HEAD, RECORDS, TAIL, limited
from conformance.process.values import Level
from conformance.verdict import Verdict
from reference_adapters import BinanceAdapter
from tests.meta.test_hostile import judge

BREAKS: dict[str, Callable[[], object]] = {
    "the handler of SIGINT": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    "the handler of SIGTERM": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "the handler of SIGALRM": lambda: signal.signal(signal.SIGALRM, signal.SIG_IGN),
    "the process's timer ITIMER_PROF": lambda: signal.setitimer(signal.ITIMER_PROF, 3600),
    "the signals that are blocked": (
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    ),
    "socket.setdefaulttimeout": lambda: socket.setdefaulttimeout(0.5),
    "socket.socket": lambda: setattr(socket, "socket", None),
    "socket.getaddrinfo": lambda: setattr(socket, "getaddrinfo", None),
    "socket.socket.connect": lambda: setattr(socket.socket, "connect", None),
    "time.time": lambda: setattr(time, "time", lambda: 0.0),
    "json.loads": lambda: setattr(json, "loads", None),
    "builtins.print": lambda: setattr(builtins, "print", None),
    "sys.modules['json']": lambda: sys.modules.pop("json"),
    "file descriptor 2": lambda: os.close(2),
}
SHARED: dict[str, Callable[[], object]] = {
    "os.environ": lambda: os.environ.update(PATH="/nowhere"),
    "sys.path": lambda: sys.path.clear(),
    "the working directory": lambda: os.chdir("/"),
    "the umask": lambda: os.umask(0o707),
    "the locale": lambda: locale.setlocale(locale.LC_ALL, "C.UTF-8"),
    "decimal.getcontext()": lambda: setattr(decimal.getcontext(), "prec", 3),
    "decimal.DefaultContext": lambda: setattr(decimal.DefaultContext, "prec", 3),
    "gc.disable": gc.disable,
    "sys.setrecursionlimit": lambda: sys.setrecursionlimit(5000),
    "sys.setswitchinterval": lambda: sys.setswitchinterval(1),
    "sys.settrace": lambda: sys.settrace(lambda *_: None),
    "sys.excepthook": lambda: setattr(sys, "excepthook", None),
    "sys.stdout": lambda: setattr(sys, "stdout", None),
    "threading.excepthook": lambda: setattr(threading, "excepthook", None),
    "logging.disable": lambda: logging.disable(logging.CRITICAL),
    "asyncio.set_event_loop_policy": lambda: asyncio.set_event_loop_policy(Policy()),
    "asyncio.sleep": lambda: setattr(asyncio, "sleep", None),
}
QUIET: dict[str, Callable[[], object]] = {
    "os.environ": lambda: os.environ.update(OF_A_LIBRARY="1"),
    "sys.path": lambda: sys.path.append("/nowhere"),
    "the root logger's level": lambda: logging.root.setLevel(1),
    "the root logger's handlers": lambda: logging.root.addHandler(logging.NullHandler()),
    "warnings.filters": lambda: warnings.simplefilter("error"),
    "random.seed": lambda: random.seed(1),
    "gc.set_threshold": lambda: gc.set_threshold(7, 7, 7),
}


class Policy(asyncio.DefaultEventLoopPolicy):
    """Somebody else's."""


def picture() -> dict[str, Any]:
    """Return what the changes above touch, as far as it can be compared."""
    return {
        "environ": dict(os.environ), "path": list(sys.path), "folder": os.getcwd(),
        "locale": locale.setlocale(locale.LC_ALL), "precision": decimal.getcontext().prec,
        "gc": (gc.isenabled(), gc.get_threshold()), "trace": sys.gettrace(),
        "hooks": (sys.excepthook, threading.excepthook, sys.stdout),
        "limits": (sys.getrecursionlimit(), sys.getswitchinterval()),
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "signals": [signal.getsignal(each) for each in signal.valid_signals()],
        "mask": signal.pthread_sigmask(signal.SIG_BLOCK, []),
        "timer": signal.getitimer(signal.ITIMER_PROF), "timeout": socket.getdefaulttimeout(),
        "functions": (socket.socket, socket.getaddrinfo, time.time, json.loads, print),
        "sleep": asyncio.sleep, "modules": sys.modules["json"], "random": random.getstate(),
        "warnings": list(warnings.filters), "stderr": os.fstat(2).st_ino,
        "connect": "connect" in vars(socket.socket),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("level", "what", "change"),
    [
        (level, what, change)
        for level, changes in (
            (Level.BREAKS, BREAKS), (Level.SHARED, SHARED), (Level.QUIET, QUIET),
        )
        for what, change in changes.items()
    ],
)  # fmt: skip
def test_a_change_is_put_back_and_told(
    level: Level, what: str, change: Callable[[], object]
) -> None:
    with kept():  # what is made when it is first asked for
        pass
    before = picture()
    with kept() as changes:
        change()
    assert picture() == before
    assert [(each.what, each.level) for each in changes.found] == [(what, level)]


def test_nothing_is_told_of_a_block_that_changes_nothing() -> None:
    with kept() as changes:
        random.random()  # what it gives afterwards is nobody's business
    assert changes.of(Level.BREAKS, Level.SHARED) == []


def test_the_time_zone_follows_the_environment_back() -> None:
    before = time.tzname
    with kept() as changes:
        os.environ["TZ"] = "Asia/Tokyo"
        time.tzset()
    assert time.tzname == before
    assert "the time zone (time.tzset)" in [each.what for each in changes.found]


def test_files_left_open_by_the_hundred_are_closed() -> None:
    left: list[Any] = []
    with kept() as changes:
        left += [socket.socket() for _ in range(300)]
    assert {each.fileno() for each in left} == {-1}
    assert [each.what for each in changes.found] == ["300 files and sockets, which it left open"]


class EndsTheProcessOnTheSide(BinanceAdapter):
    def get_ws_url(self) -> str:
        thread = threading.Thread(target=os._exit, args=(0,), daemon=True)
        thread.start()
        thread.join()
        return super().get_ws_url()


class SwallowsItsEnd(BinanceAdapter):
    def get_ws_url(self) -> str:
        with contextlib.suppress(BaseException):
            os._exit(0)
        return super().get_ws_url()


@pytest.mark.parametrize("adapter", [EndsTheProcessOnTheSide, SwallowsItsEnd])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_end_that_nobody_sees_is_told(adapter: type) -> None:
    result = judge(adapter, "LIFE-05")
    assert result.verdict is Verdict.FAIL
    assert result.headline == (
        "it changes what the whole process needs: the process itself, ended by os._exit(0)"
    )
    assert judge(BinanceAdapter, "LIFE-05").verdict is Verdict.PASS


class PatchesSleep(BinanceAdapter):
    def get_ws_url(self) -> str:
        asyncio.sleep = None  # type: ignore[assignment]
        return super().get_ws_url()


class BreaksRequests(BinanceAdapter):
    def get_ws_url(self) -> str:
        json.loads = lambda *_, **__: {}
        return super().get_ws_url()


def test_what_breaks_the_suite_is_the_adapters_fault() -> None:
    result = judge(PatchesSleep, "URL-01")
    assert result.verdict is Verdict.FAIL
    assert result.headline.startswith(
        "the adapter changed asyncio.sleep; nothing works after that: TypeError"
    )
    assert judge(BinanceAdapter, "RECON-01").verdict is Verdict.PASS


def test_a_failure_says_what_was_changed() -> None:
    result = judge(BreaksRequests, "RECON-01")
    assert result.verdict in (Verdict.FAIL, Verdict.NOT_EXERCISED)
    assert result.likely == "it changed json.loads, which all of the process shares"
    assert judge(BinanceAdapter, "RECON-01").verdict is Verdict.PASS


OVER = threading.Event()


class LeavesAThread(BinanceAdapter):
    def __init__(self) -> None:
        super().__init__()
        threading.Thread(target=OVER.wait, name="left behind").start()


def test_a_thread_that_keeps_the_process_is_told() -> None:
    try:
        result = judge(LeavesAThread, "LIFE-05")
    finally:
        OVER.set()
    assert result.verdict is Verdict.FAIL
    assert result.headline == (
        "its thread 'left behind' goes on, and keeps the process from ending"
    )


def test_output_is_cut_to_its_beginning_and_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    with limited():
        sys.stdout.write(f"begin {'x' * 5_000_000} end\n")
        sys.stdout.close()
        for _ in range(2 * RECORDS):
            sys.stderr.write("a line\n")
    out, err = capsys.readouterr()
    assert out.startswith("begin x") and out.endswith("x end\n")
    assert "characters left out" in out and len(out) < HEAD + TAIL + 100
    assert err == "a line\n" * 2 * RECORDS
    sys.stdout.write("open still\n")
    assert capsys.readouterr().out == "open still\n"


def test_log_records_are_cut_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    with limited():
        logging.getLogger("chatty").warning("x" * 1_000_000)
        for _ in range(2 * RECORDS):
            logging.getLogger("chatty").warning("again")
    assert len(caplog.records[0].getMessage()) < TAIL + 100
    assert len(caplog.records) == RECORDS + 1
    assert "log records of this check are left out" in caplog.records[-1].getMessage()


def test_a_change_is_told_with_its_values() -> None:
    assert str(Change("gc.disable", Level.SHARED, "True", "False")) == (
        "gc.disable: False, was True"
    )
