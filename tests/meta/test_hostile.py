"""An adapter that does not play along is cut off, and the others do not notice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import Any

import pytest

from conformance.loading import Factory
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Verdict
from reference_adapters import BinanceAdapter

HANGS = "the adapter hangs: it gave no sign for 1 real seconds"


class Spins(BinanceAdapter):
    def parse_ws_message(self, data: Any) -> None:
        while True:
            pass


class SpinsOnTheLoop(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        while True:  # noqa: ASYNC110 - the defect
            await asyncio.sleep(0)


class Exits(BinanceAdapter):
    def parse_ws_message(self, data: Any) -> None:
        sys.exit(3)


class EndsTheProcess(BinanceAdapter):
    def parse_ws_message(self, data: Any) -> None:
        os._exit(0)


class AbortsInATask(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        async def leave() -> None:
            os.abort()

        self._task = asyncio.create_task(leave())
        await asyncio.sleep(1)
        return super().get_ws_url()


class LetsAChildEnd(BinanceAdapter):
    def get_ws_url(self) -> str:
        if (child := os.fork()) == 0:
            os._exit(7)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        return super().get_ws_url()


class NeverReturns(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        await asyncio.get_running_loop().create_future()
        return ""


class StopsTheLoop(BinanceAdapter):
    def get_ws_url(self) -> str:
        asyncio.get_running_loop().stop()
        return super().get_ws_url()


class LeavesTasks(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        for _ in range(100):
            self._task = asyncio.create_task(asyncio.sleep(1e6))
        return super().get_ws_url()


class Own(BaseException):
    """No Exception, and none of Python's own."""


RAISED = (SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, Own)


def raises(kind: type[BaseException], where: str) -> type[BinanceAdapter]:
    """Return an adapter that raises in one of its methods."""

    def raise_at_once(*_: object, **__: object) -> Any:
        raise kind

    async def raise_later(*_: object, **__: object) -> Any:
        await asyncio.sleep(0)
        raise kind

    async def raise_in_a_thread(*_: object, **__: object) -> Any:
        return await asyncio.to_thread(raise_at_once)

    attributes: dict[str, tuple[str, Any]] = {
        "constructor": ("__init__", raise_at_once),
        "method": ("get_ws_url", raise_at_once),
        "coroutine": ("get_ws_url", raise_later),
        "executor": ("get_ws_url", raise_in_a_thread),
        "parser": ("parse_ws_message", raise_at_once),
        "fetch": ("fetch_rest_candles", raise_later),
    }
    name, function = attributes[where]
    return type("Raises", (BinanceAdapter,), {name: function})


class ClosesTheLoop(BinanceAdapter):
    def get_ws_url(self) -> str:
        asyncio.get_running_loop().close()
        return super().get_ws_url()


class RunsALoopInside(BinanceAdapter):
    def get_ws_url(self) -> str:
        within = asyncio.sleep(0, super().get_ws_url())
        try:
            return asyncio.run(within)
        finally:
            within.close()


class CancelsAll(BinanceAdapter):
    def get_ws_url(self) -> str:
        for task in asyncio.all_tasks():
            task.cancel()
        return super().get_ws_url()


class CancelsItsCaller(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
        return super().get_ws_url()


class ExitsInATask(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        async def leave() -> None:
            sys.exit(3)

        self._task = asyncio.create_task(leave())
        await asyncio.sleep(1)
        return super().get_ws_url()


class SwallowsTheCutOff(BinanceAdapter):
    def get_ws_url(self) -> str:
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass


class SwallowsCancellation(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        while True:
            with contextlib.suppress(BaseException):
                await asyncio.sleep(1)


class SpinsWithoutTheAlarm(BinanceAdapter):
    def get_ws_url(self) -> str:
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        while True:
            pass


class SpinsWithoutTheTimer(BinanceAdapter):
    def get_ws_url(self) -> str:
        signal.setitimer(signal.ITIMER_REAL, 0)
        while True:
            pass


class WaitsForALock(BinanceAdapter):
    def get_ws_url(self) -> str:
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
        return ""


class WaitsForAChild(BinanceAdapter):
    def get_ws_url(self) -> str:
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        process.wait()
        return ""


class SaysMegabytes(BinanceAdapter):
    def get_ws_url(self) -> str:
        raise ValueError("x" * 10_000_000)


def judge(adapter: type, check_id: str, interval: str | None = None) -> Result:
    trust = Trust()
    try:
        factory = Factory(adapter.__name__, adapter, ())
        suite = Suite(Setting(factory, "binance", patience_s=1.0), trust)
        return suite.run(get(check_id), interval)
    finally:
        trust.close()


@pytest.mark.parametrize(
    ("adapter", "check_id", "interval", "said"),
    [
        (Spins, "PARSE-03", None, f"{HANGS}, in parse_ws_message"),
        (SpinsOnTheLoop, "URL-01", None, "the adapter hangs"),
        (Exits, "PARSE-01", "1m", "parse_ws_message raised SystemExit: 3"),
        (EndsTheProcess, "PARSE-01", "1m", "parse_ws_message raised EndsTheProcess: os._exit(0)"),
        (AbortsInATask, "URL-01", None, "a task of the adapter raised EndsTheProcess: os.abort()"),
        (
            NeverReturns,
            "URL-01",
            None,
            "the adapter hangs: get_ws_url gave no result after 900 virtual seconds",
        ),
        (ClosesTheLoop, "URL-01", None, "get_ws_url raised RuntimeError: Cannot close a running"),
        (RunsALoopInside, "URL-01", None, "get_ws_url raised RuntimeError: asyncio.run() cannot"),
        (StopsTheLoop, "URL-01", None, "the adapter stopped the event loop"),
        (CancelsAll, "URL-01", None, "get_ws_url cancels the task that calls it"),
        (CancelsItsCaller, "URL-01", None, "the adapter cancels tasks that are not its own"),
        (ExitsInATask, "URL-01", None,
         "a task of the adapter raised SystemExit: 3, which ends the host's program"),
        (SwallowsTheCutOff, "URL-01", None, f"{HANGS}, in get_ws_url"),
        (SwallowsCancellation, "URL-01", None, f"{HANGS}, in get_ws_url"),
        (SpinsWithoutTheAlarm, "URL-01", None, f"{HANGS}, in get_ws_url"),
        (SpinsWithoutTheTimer, "URL-01", None, f"{HANGS}, in get_ws_url"),
        (WaitsForALock, "URL-01", None, f"{HANGS}, in get_ws_url"),
        (WaitsForAChild, "URL-01", None, f"{HANGS}, in get_ws_url"),
        (SaysMegabytes, "URL-01", None, "characters left out"),
    ],
)  # fmt: skip
def test_it_is_cut_off_with_a_verdict_of_its_own(
    adapter: type, check_id: str, interval: str | None, said: str
) -> None:
    result = judge(adapter, check_id, interval)
    assert result.verdict is Verdict.FAIL
    assert said in result.headline
    assert len(result.headline) < 3000 and len(result.got) < 10_000
    assert judge(BinanceAdapter, check_id, interval).verdict is Verdict.PASS


@pytest.mark.parametrize("kind", RAISED)
@pytest.mark.parametrize(
    ("where", "check_id", "interval", "method"),
    [
        ("constructor", "URL-01", None, "the constructor"),
        ("method", "URL-01", None, "get_ws_url"),
        ("coroutine", "URL-01", None, "get_ws_url"),
        ("executor", "URL-01", None, "get_ws_url"),
        ("parser", "PARSE-01", "1m", "parse_ws_message"),
        ("fetch", "REST-01", "1m", "fetch_rest_candles"),
    ],
)
def test_whatever_it_raises_is_its_own(
    kind: type[BaseException], where: str, check_id: str, interval: str | None, method: str
) -> None:
    result = judge(raises(kind, where), check_id, interval)
    assert result.verdict is Verdict.FAIL
    assert result.headline == f"{method} raised {kind.__name__}"


class InterruptedByItsUser(BinanceAdapter):
    def get_ws_url(self) -> str:
        signal.raise_signal(signal.SIGINT)
        return super().get_ws_url()


class SwallowsTheInterrupt(BinanceAdapter):
    def get_ws_url(self) -> str:
        with contextlib.suppress(BaseException):
            signal.raise_signal(signal.SIGINT)
        return super().get_ws_url()


@pytest.mark.parametrize("adapter", [InterruptedByItsUser, SwallowsTheInterrupt])
def test_the_users_own_interrupt_ends_the_run(adapter: type) -> None:
    with pytest.raises(KeyboardInterrupt):
        judge(adapter, "URL-01")
    assert judge(BinanceAdapter, "URL-01").verdict is Verdict.PASS


def test_tasks_left_over_end_with_their_check() -> None:
    assert judge(LeavesTasks, "URL-01").verdict is Verdict.PASS
    assert judge(BinanceAdapter, "RECON-01").verdict is Verdict.PASS


def test_a_child_ends_as_it_likes() -> None:
    assert judge(LetsAChildEnd, "URL-01").verdict is Verdict.PASS
