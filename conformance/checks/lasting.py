"""What is left when a feed has stopped, or has reconnected many times?"""

from __future__ import annotations

import asyncio
import inspect
import os
import threading
from concurrent.futures import thread as pools
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from conformance.case import Case
from conformance.checks.coming_back import comes_back, running
from conformance.observe import SOON_S, eventually
from conformance.registry import check
from conformance.watched import Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.faults import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.slow_accept import SlowAccept

# reconnects in one run, and those before the first count
MANY, _WARM = 30, 5
# seconds after stop() in which what is under way may end
_GRACE_S = 30.0
# seconds in which a stopped feed must do nothing
_SILENCE_S = 300.0
# files that a program may open at its first start, and keep
_ONCE = 8
# pairs besides the usual ones: more subscriptions than any exchange takes at once
_MORE_PAIRS = 24


@dataclass(frozen=True)
class Held:
    """What a program holds: its tasks, threads, and how many open files (sockets)."""

    tasks: tuple[str, ...]
    threads: tuple[str, ...]
    files: int

    @classmethod
    def now(cls) -> Held:
        """Look; what the mock exchange and pools of threads have is left out."""
        return cls(
            tuple(sorted(_name(task) for task in asyncio.all_tasks() if not _is_ours(task))),
            tuple(t.name for t in threading.enumerate() if not _is_idle_worker(t)),
            _open_files(),
        )

    def more_than(self, before: Held, by: int = 0) -> str:
        """Return what there is more of, by more than ``by``; nothing if nothing is."""
        found = []
        for what, now, then in (
            ("task", self.tasks, before.tasks),
            ("thread", self.threads, before.threads),
        ):
            if len(now) > len(then) + by:
                left = list(now)
                for name in then:
                    with suppress(ValueError):
                        left.remove(name)
                named = ", ".join(dict.fromkeys(left))
                found.append(f"{_count(len(now) - len(then), what)} ({named})")
        if self.files > before.files + by:
            found.append(_count(self.files - before.files, "open socket"))
        return ", ".join(found)


def _count(number: int, what: str) -> str:
    return f"{number} more {what}{'s' if number > 1 else ''}"


def _name(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", task.get_name())


def _is_ours(task: asyncio.Task[Any]) -> bool:
    """Return whether a task is the mock's: one for each connection that it serves."""
    if task is asyncio.current_task():
        return True
    coroutine = task.get_coro()
    code = coroutine.cr_code.co_filename if inspect.iscoroutine(coroutine) else ""
    return code.endswith(os.path.join("aiohttp", "web_protocol.py"))


def _is_idle_worker(found: threading.Thread) -> bool:
    return getattr(found, "_target", None) is getattr(pools, "_worker", None) is not None


def _open_files() -> int:
    for folder in ("/proc/self/fd", "/dev/fd"):
        with suppress(OSError):
            return len(os.listdir(folder))
    return 0  # a platform that does not tell


@check("RECON-09")
async def stop_is_final(case: Case) -> None:
    interval = await case.live_interval()
    moments: tuple[tuple[str, Fault | None], ...] = (
        ("while candles came", None),
        ("in the pause before it would reconnect", HttpStatus(of="handshake")),
        ("while a handshake was under way", SlowAccept(delay_s=120)),
    )
    for number, (when, fault) in enumerate(moments):
        before = Held.now()
        if number == 0:  # what a library opens once, it keeps
            before = replace(before, files=before.files + _ONCE)
        feed = case.watch(case.pair, interval)
        await feed.start()
        try:
            if not await comes_back(case, feed, case.world.mock.engine.accepted):
                case.not_exercised("no candle came on the first connection")
            if fault is not None:
                active = case.world.mock.add_fault(fault)
                case.world.mock.end_connections(Drop("eof"))
                await asyncio.sleep(10)
        finally:
            await feed.stop()
        case.did(f"The feed was stopped {when}.")
        if fault is not None:
            case.world.mock.remove_fault(active)
        await _nothing_is_left(case, feed, before, when)
        case.witness(f"nothing was left after a stop {when}")


async def _nothing_is_left(case: Case, feed: Watched, before: Held, when: str) -> None:
    """Fail if a stopped feed still holds, does or tells something."""
    mock, engine = case.world.mock, case.world.mock.engine
    await eventually(lambda: not (engine.connections or Held.now().more_than(before)), _GRACE_S)
    left = Held.now().more_than(before)
    if engine.connections:
        left = f"{len(engine.connections)} open connections, {left}".removesuffix(", ")
    if getattr(feed, "lingers", False):
        left = f"start(), which has not come back, {left}".removesuffix(", ")
    expected = "no task, thread, socket or connection more than before it was started"
    if left:
        case.fail(
            f"stopped {when}, it leaves something behind: {left}",
            expected=expected,
            got=left,
            likely="stop() cancels the reader, but not what was started beside it, or does not "
            "wait for its end",
        )
    since = len(feed.candles), len(feed.updates), len(feed.notes)
    entries = len(mock.journal.of("connect", "request", "refuse"))
    await asyncio.sleep(_SILENCE_S)
    later = mock.journal.of("connect", "request", "refuse")[entries:]
    said = (len(feed.candles), len(feed.updates), len(feed.notes)) != since
    if later or said:
        what = f"asked the exchange again: {later[0].text}" if later else "called its caller again"
        case.fail(
            f"stopped {when}, it {what}",
            expected=f"nothing, for {_SILENCE_S:g} s and ever",
            got="; ".join(entry.text for entry in later[:5]) or "callbacks after stop()",
            likely="a timer or a pause goes on after stop()",
        )


@check("RECON-10")
async def stays_bounded(case: Case) -> None:
    engine = case.world.mock.engine
    before: Held | None = None
    async with running(case) as feed:
        for count in range(MANY):
            if count == _WARM:
                await asyncio.sleep(1)
                before = Held.now()
            number = engine.accepted
            case.world.mock.end_connections(Drop("eof"))
            if not await comes_back(case, feed, number):
                case.not_exercised(f"it did not come back from reconnect {count + 1}", "RECON-01")
        await asyncio.sleep(1)
        case.did(f"The exchange ended {MANY} connections, one after the other.")
        assert before is not None
        more = Held.now().more_than(before, (MANY - _WARM) // 4)
    if more:
        case.fail(
            f"{MANY - _WARM} reconnects leave {more}",
            expected="as many tasks, threads and sockets after many reconnects as after a few",
            got=more,
            likely="each connection starts something that does not end with it",
        )
    case.witness(f"{MANY} reconnects")


@check("RECON-11")
async def resubscribes_within_the_limit(case: Case) -> None:
    interval = await case.live_interval()
    case.watch_many([case.pair], interval)
    pairs = await case.world.own_market(_MORE_PAIRS)
    feed = case.watch_many(pairs, interval)
    mock, engine = case.world.mock, case.world.mock.engine
    await feed.start()
    try:
        if not await eventually(partial(_is_back, case, 0, len(pairs)), SOON_S):
            case.not_exercised(f"{len(pairs)} pairs were never subscribed at the same time")
        for _ in range(3):
            number = engine.accepted
            mock.end_connections(Drop("eof"))
            case.did(f"Connection {number}, with {len(pairs)} pairs, ended.")
            back = await eventually(partial(_is_back, case, number, len(pairs)), SOON_S)
            sent = len(mock.journal.of("in", connection=number + 1))
            await asyncio.sleep(10)
            ends = [e for e in mock.journal.of("close", "drop") if e.connection > number]
            if ends:
                texts = mock.journal.of("in", connection=ends[0].connection)
                case.fail(
                    f"the exchange ended connection {ends[0].connection}: {ends[0].text}",
                    expected=f"{len(pairs)} pairs subscribed again, within the limit of messages",
                    got=f"{len(texts)} messages within "
                    f"{(texts[-1].at_ms - texts[0].at_ms) / 1000 if texts else 0:.1f} s",
                    likely="the pairs are subscribed at leisure at first, and all at once after "
                    "a reconnect: put several into one message, or wait between messages",
                )
            if not back:
                case.fail(
                    f"only {len(engine.hub.topics())} of {len(pairs)} pairs are subscribed again",
                    expected="all of them",
                    got=", ".join(engine.hub.topics()) or "nothing",
                    consequence_of="RECON-03",
                )
            case.witness(f"{len(pairs)} pairs again, by {sent} messages")
    finally:
        await feed.stop()


def _is_back(case: Case, number: int, count: int) -> bool:
    """Return whether there is a later connection, and so many streams are subscribed."""
    engine = case.world.mock.engine
    return engine.accepted > number and len(engine.hub.topics()) >= count
