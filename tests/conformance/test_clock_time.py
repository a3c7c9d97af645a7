"""The virtual clock and the clocks that follow it."""

from __future__ import annotations

import asyncio
import datetime
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator
from time import monotonic as early_monotonic

import pytest

from conformance.clock import (
    DEFAULT_EPOCH_MS,
    JumpBudget,
    Spinning,
    Stuck,
    VirtualLoop,
    current,
    run,
)
from mock_exchanges.server.clock import LoopClock


def this_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_a_year_passes_in_no_time() -> None:
    async def main() -> int:
        await asyncio.sleep(365 * 86_400)
        return this_loop().elapsed_ms

    began = time.perf_counter()
    assert run(main) == 365 * 86_400_000
    assert time.perf_counter() - began < 2


def test_a_day_of_uneven_steps_ends_on_the_millisecond() -> None:
    async def main() -> None:
        loop = this_loop()
        clock = LoopClock(loop, loop.now_ms())
        for number in range(1, 43_201):
            due = asyncio.Event()
            at_ms = DEFAULT_EPOCH_MS + number * 2_001
            clock.call_at(at_ms, due.set)
            await due.wait()
            assert clock.now_ms() == loop.now_ms() == at_ms
            assert time.time_ns() == at_ms * 1_000_000
        assert loop.jumps == 43_200

    run(main)


def test_timers_years_away_still_fire_once_and_exactly() -> None:
    async def main() -> int:
        loop = this_loop()
        await asyncio.sleep(20 * 365 * 86_400 + 0.001)
        await asyncio.sleep(0.001)
        assert loop.jumps == 2
        return loop.elapsed_ms

    assert run(main) == 20 * 365 * 86_400_000 + 2


def test_every_wall_clock_follows() -> None:
    async def main() -> None:
        before = time.monotonic()
        await asyncio.sleep(90.25)
        assert time.monotonic() - before == 90.25
        assert time.monotonic_ns() == round(time.monotonic() * 1e9)
        assert time.time() * 1000 == 1_700_000_000_123 + 90_250
        assert datetime.datetime.now(datetime.UTC) == datetime.datetime(
            2023, 11, 14, 22, 14, 50, 373_000, tzinfo=datetime.UTC
        )
        # monotonic taken with `from time import` after install() follows as well
        assert early_monotonic() == time.monotonic() == this_loop().time()
        assert uuid.uuid1()  # does not wait for a clock that stands

    run(main, epoch_ms=1_700_000_000_123)


def test_nothing_is_left_behind() -> None:
    async def fail() -> None:
        assert current() is this_loop()
        await asyncio.sleep(1_000_000)
        raise LookupError

    before, started = time.time(), time.monotonic()
    with pytest.raises(LookupError):
        run(fail)
    assert current() is None
    assert 0 <= time.time() - before < 5
    assert 0 <= time.monotonic() - started < 5


def test_the_clock_that_measures_tests_stays_real() -> None:
    async def main() -> float:
        began = time.perf_counter()
        await asyncio.sleep(1000)
        return time.perf_counter() - began

    assert run(main) < 5


def test_leftover_tasks_are_cancelled_and_generators_closed() -> None:
    ends = []

    async def forever() -> None:
        try:
            await asyncio.sleep(10)
        finally:
            await asyncio.sleep(1)
            ends.append("task")

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            ends.append("generator")

    async def main() -> None:
        main.tasks = asyncio.create_task(forever())  # type: ignore[attr-defined]
        main.numbers = numbers()  # type: ignore[attr-defined]
        await anext(main.numbers)  # type: ignore[attr-defined]
        await asyncio.sleep(1)

    run(main)
    assert ends == ["task", "generator"]


def test_run_inside_a_run_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="while an event loop runs"):
            run(main)

        def elsewhere() -> None:
            with pytest.raises(RuntimeError, match="active already"):
                run(main)

        await asyncio.to_thread(elsewhere)

    run(main)


def test_waiting_for_nothing_is_stuck() -> None:
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Stuck, match=r"nothing can ever happen(.|\n)*wait_for_ever"):
        run(wait_for_ever)

    async def sleep_for_ever() -> None:
        await asyncio.sleep(float("inf"))

    with pytest.raises(Stuck):
        run(sleep_for_ever)


def test_a_task_that_defies_cancellation_does_not_hang_the_end() -> None:
    async def main() -> None:
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(Stuck, match="nothing can ever happen"):
        run(main)


def test_a_spinning_program_is_told() -> None:
    async def main() -> None:
        until = time.time() + 1
        while time.time() < until:  # noqa: ASYNC110 - the fault to be told
            await asyncio.sleep(0)

    with pytest.raises(Spinning, match=r"loop of sleep\(0\)"):
        run(main)


def test_a_poller_meets_the_budget() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110 - the fault to be told
            await asyncio.sleep(0.001)

    with pytest.raises(JumpBudget, match="more than 500 times"):
        run(main, max_jumps=500)


def test_the_clock_stands_while_a_job_runs() -> None:
    async def main() -> None:
        go = threading.Event()
        job = asyncio.create_task(asyncio.to_thread(go.wait, 5))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon_threadsafe(go.set)
        before = time.time()
        async with asyncio.timeout(0.001):
            assert await job
        assert time.time() == before

    run(main)


def test_many_jobs_never_meet_a_time_out() -> None:
    async def main() -> None:
        for _ in range(2_000):
            async with asyncio.timeout(0.001):
                await asyncio.to_thread(sum, range(10))
        assert this_loop().jumps == 0

    run(main)


def test_a_cancelled_job_still_holds_the_clock() -> None:
    async def main() -> None:
        go, ended = threading.Event(), []

        def job() -> None:
            go.wait(5)
            ended.append(time.time())

        task = asyncio.create_task(asyncio.to_thread(job))
        await asyncio.sleep(0)
        task.cancel()
        before = time.time()
        asyncio.get_running_loop().call_soon(go.set)
        await asyncio.sleep(60)
        assert ended == [before]

    run(main)


def test_a_blocking_sleep_in_the_loop_takes_virtual_time() -> None:
    async def main() -> None:
        fired = []
        asyncio.get_running_loop().call_later(1, lambda: fired.append(time.time()))
        before = time.time()
        time.sleep(5)  # noqa: ASYNC251
        assert time.time() == before + 5
        assert not fired
        await asyncio.sleep(0.5)
        assert fired == [before + 5]
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)  # noqa: ASYNC251

    run(main)


def test_a_blocking_sleep_in_a_job_takes_virtual_time() -> None:
    async def main() -> None:
        before = time.time()

        def job() -> float:
            time.sleep(3_600)
            return time.time()

        ticks = asyncio.create_task(asyncio.sleep(1_800, result="half way"))
        assert await asyncio.to_thread(job) == before + 3_600
        assert ticks.done()
        assert time.time() == before + 3_600

    run(main)


def test_a_thread_asleep_at_the_end_is_woken() -> None:
    ends: list[BaseException] = []

    def job() -> None:
        try:
            time.sleep(1_000_000)
        except Stuck as error:
            ends.append(error)

    async def main() -> None:
        main.job = asyncio.create_task(asyncio.to_thread(job))  # type: ignore[attr-defined]
        await asyncio.sleep(10)

    run(main)
    assert len(ends) == 1


def test_a_thread_of_the_programs_own_sleeps_virtually_and_ends_quietly() -> None:
    ticks = []

    def tick() -> None:
        while True:
            time.sleep(60)
            ticks.append(time.time())

    async def main() -> threading.Thread:
        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        while not ticks:  # noqa: ASYNC110 - until the thread had its turn
            await asyncio.sleep(1)
        return thread

    thread = run(main)
    thread.join(5)
    assert not thread.is_alive()


def test_blocking_for_ever_is_stuck() -> None:
    async def main() -> None:
        time.sleep(1e300)  # noqa: ASYNC251

    with pytest.raises(Stuck, match="blocks for 1e\\+300 s"):
        run(main)


def test_other_threads_wake_the_loop() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(done.set,))
        thread.start()
        await done.wait()
        thread.join()

    run(main)


def test_importing_the_clock_is_cheap() -> None:
    heavy = "{'aiohttp', 'cryptography', 'pytest', 'time_machine'}"
    code = f"import conformance.clock, sys; assert not {heavy} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
