"""An event loop in real time that ends, whatever threads and jobs are left on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from conformance.patience import Patience

__all__ = ["run"]

T = TypeVar("T")

# real seconds that tasks have to end when they are cancelled
_END_S = 5.0


def run(main: Callable[[], Coroutine[Any, Any, T]], alarm: Patience) -> T:
    """Run ``main()`` as asyncio.run does, but wait for no job of an executor at the end.

    asyncio.run waits for all of them without a limit, in a thread for which the process
    waits in turn.
    """
    loop = asyncio.new_event_loop()
    pool = ThreadPoolExecutor(thread_name_prefix="asyncio")
    loop.set_default_executor(pool)
    try:
        return loop.run_until_complete(main())
    finally:
        try:
            alarm.grant(2 * _END_S)  # it may have rung, and the end has its time
            _wind_up(loop)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            loop.close()


def _wind_up(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.wait(tasks, timeout=_END_S))
    for task in tasks:
        if task.done() and not task.cancelled():
            task.exception()  # it is known by now
    with contextlib.suppress(TimeoutError):
        loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), _END_S / 5))
