"""A deadline is missed once, when its time has come, however often it was set anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from conformance import clock
from conformance.driver.deadline import Deadline


def missed(act: Callable[[Deadline], Awaitable[None]]) -> list[float]:
    """Return when (seconds) a deadline was missed."""

    async def run() -> list[float]:
        loop = asyncio.get_running_loop()
        began, times = loop.time(), list[float]()
        deadline = Deadline(lambda: times.append(round(loop.time() - began, 6)))
        try:
            await act(deadline)
        finally:
            deadline.stop()
        return times

    return clock.run(run)


async def once(deadline: Deadline) -> None:
    deadline.set(5)
    await asyncio.sleep(60)


async def put_off(deadline: Deadline) -> None:
    for _ in range(10):
        deadline.set(5)
        await asyncio.sleep(4)
    await asyncio.sleep(60)


async def brought_forward(deadline: Deadline) -> None:
    deadline.set(50)
    await asyncio.sleep(1)
    deadline.set(2)
    await asyncio.sleep(60)


async def taken_back(deadline: Deadline) -> None:
    deadline.set(5)
    await asyncio.sleep(4)
    deadline.clear()
    await asyncio.sleep(60)


async def set_again_after_it_was_taken_back(deadline: Deadline) -> None:
    await taken_back(deadline)
    deadline.set(5)
    await asyncio.sleep(60)


async def in_the_past(deadline: Deadline) -> None:
    deadline.set(-1)
    await asyncio.sleep(60)


async def stopped(deadline: Deadline) -> None:
    deadline.set(5)
    deadline.stop()
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (once, [5]),
        (put_off, [41]),
        (brought_forward, [3]),
        (taken_back, []),
        (set_again_after_it_was_taken_back, [69]),
        (in_the_past, [0]),
        (stopped, []),
    ],
)
def test_it_is_missed_once_when_its_time_has_come(
    act: Callable[[Deadline], Awaitable[None]], expected: list[float]
) -> None:
    assert missed(act) == expected


def test_putting_it_off_costs_no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []
    rearm = Deadline._rearm

    def counted(self: Deadline) -> None:
        made.append(self._at)
        rearm(self)

    async def a_thousand_times(deadline: Deadline) -> None:
        for _ in range(1_000):
            deadline.set(60)
            await asyncio.sleep(1)

    monkeypatch.setattr(Deadline, "_rearm", counted)
    assert missed(a_thousand_times) == []
    assert len(made) <= 1 + 1_000 // 59
