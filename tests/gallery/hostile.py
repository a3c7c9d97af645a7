"""Adapters that would keep a run from ending, or fill it up. For runs in processes of their own."""

from __future__ import annotations

import asyncio
import atexit
import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from reference_adapters import BinanceAdapter

# what never ends must not die with the adapter either
_pools: list[ThreadPoolExecutor] = []


class LeavesAThread(BinanceAdapter):
    """A thread that is no daemon, and waits for ever."""

    def get_ws_url(self) -> str:
        threading.Thread(target=threading.Event().wait, name="for ever").start()
        return super().get_ws_url()


class LeavesAJob(BinanceAdapter):
    """A job that never ends, in a pool of its own."""

    def get_ws_url(self) -> str:
        _pools.append(ThreadPoolExecutor(1, "own pool"))
        _pools[-1].submit(threading.Event().wait)
        return super().get_ws_url()


class LeavesAChild(BinanceAdapter):
    """A child that holds on to the run's output."""

    def get_ws_url(self) -> str:
        child = [sys.executable, "-c", "import threading; threading.Event().wait()"]
        self._child = subprocess.Popen(child)
        return super().get_ws_url()


class WaitsAtExit(BinanceAdapter):
    """Something for the interpreter's end that does not end."""

    def get_ws_url(self) -> str:
        atexit.register(threading.Event().wait)
        return super().get_ws_url()


class PrintsMegabytes(BinanceAdapter):
    """Two hundred megabytes each on stdout and in the log; and it fails."""

    def get_ws_url(self) -> str:
        for _ in range(200):
            sys.stdout.write("x" * 1_000_000 + "\n")
            logging.getLogger("hostile").warning("y" * 1_000_000)
        raise ValueError("z" * 1_000_000)


class WaitsForAJob:
    """A feed whose stop() ends, and a job of which on the loop's executor does not."""

    def __init__(self, trading_pair: str, interval: str) -> None:
        self._job: asyncio.Task[bool] | None = None

    async def start(self) -> None:
        """Begin the job."""
        self._job = asyncio.create_task(asyncio.to_thread(threading.Event().wait))

    async def stop(self) -> None:
        pass


class BlocksTheLoop:
    """A feed whose start() is async, and blocks."""

    def __init__(self, trading_pair: str, interval: str) -> None:
        pass

    async def start(self) -> None:
        threading.Event().wait()

    async def stop(self) -> None:
        threading.Event().wait()
