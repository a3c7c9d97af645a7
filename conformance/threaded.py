"""Feeds that may have threads or loops of their own: calling them without being held up."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

from conformance.clock.wall import real_sleep
from conformance.feed import UserFeed

# real seconds that a new thread has, when a feed is looked at, to show what it does
_LOOK_S = 1.5
# real seconds between two looks
STEP_S = 0.05


def strangers(before: set[threading.Thread]) -> list[threading.Thread]:
    """Return the threads that were begun since, but for idle workers of the suite's own loop."""
    return [
        each for each in threading.enumerate()
        if each not in before and not each.name.startswith("virtual-loop")
    ]  # fmt: skip


async def nap() -> None:
    """Let real time pass; virtual time stands meanwhile."""
    await asyncio.to_thread(real_sleep, STEP_S)


async def linger(before: set[threading.Thread], done: Callable[[], bool]) -> None:
    """Give threads begun since ``before`` real time, until something holds."""
    for _ in range(round(_LOOK_S / STEP_S)):
        if done() or not strangers(before):
            return
        await nap()


async def apart(
    name: str, call: Callable[[], Any], patient_s: float, late: Callable[[BaseException], object]
) -> Any:
    """Call in a thread what may block, for ever even: None is returned then.

    ``late`` is given what it raises after that. A call that wants the loop of its caller
    does not block, and is made here.
    """
    ended: list[tuple[Any, BaseException | None]] = []
    left = threading.Event()

    def run() -> None:
        value, error = None, None
        try:
            value = call()
        except BaseException as raised:
            error = raised
        ended.append((value, error))
        if left.is_set() and error is not None:
            late(error)

    threading.Thread(target=run, daemon=True, name=f"{name}()").start()
    for _ in range(round(patient_s / STEP_S)):
        if ended:
            break
        await nap()
    if not ended:
        left.set()
        return None
    value, error = ended[0]
    if isinstance(error, RuntimeError) and "event loop" in str(error):
        return call()
    if error is not None:
        raise error
    return value


class LookedAt(UserFeed):
    """A feed on virtual time that may block, or have threads for which its stop() waits."""

    async def call(self, name: str, call: Callable[[], Any]) -> Any:
        """Call a method, apart if it may block."""
        if inspect.iscoroutinefunction(call):
            return call()
        return await apart(name, call, _LOOK_S, self._on_status)


@contextlib.contextmanager
def without_uvloop() -> Iterator[None]:
    """Let uvloop make asyncio's own loops meanwhile: its own ones go past the mocks."""
    if importlib.util.find_spec("uvloop") is None:
        yield
        return
    uvloop: Any = importlib.import_module("uvloop")  # a feed may import it as late as it likes
    own, uvloop.Loop = uvloop.Loop, asyncio.SelectorEventLoop
    try:
        yield
    finally:
        uvloop.Loop = own
