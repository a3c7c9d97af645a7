"""Is every candle there when much comes at once, in many pieces, or in large ones?"""

from __future__ import annotations

import asyncio

from conformance.case import Case
from conformance.checks import kept  # noqa: F401 - it registers a check of this area
from conformance.checks.absence import sleep
from conformance.checks.subscribe import MANY, plain, subscribed
from conformance.contract import Reading
from conformance.feed import UserFeed
from conformance.observe import SOON_S, eventually, judge_candles, passed_on, upcoming
from conformance.registry import check
from mock_exchanges.core.journal import Entry, Journal
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.pressure.burst import Burst
from mock_exchanges.faults.shape.compressed import Compressed
from mock_exchanges.faults.shape.drip import Drip
from mock_exchanges.faults.shape.extra_field import ExtraField
from mock_exchanges.faults.shape.fragment import Fragment

# characters that each large message has and more: below what clients take that are not told
# otherwise (1 MiB in websockets, 4 MiB in aiohttp), above buffers of a usual size
LARGE = 200_000
# how often each message comes in a burst, and for how long it is held back (virtual seconds)
COPIES = 20
HELD_S = 20.0
# virtual seconds after the next close within which candles of the last one arrive
BUDGET_S = 30.0
# virtual seconds that the caller takes for each update and each candle
SLOW_S = 0.003


class _Slow(list[Reading]):
    """Updates, for each of which whoever is called takes some time, in which nothing else runs."""

    def append(self, item: Reading) -> None:
        super().append(item)
        sleep(SLOW_S)


@check("LOAD-01")
async def burst(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    if isinstance(feed, UserFeed):
        feed.updates = _Slow()
    mock, journal = case.world.mock, case.world.journal
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        before = journal.total
        fault = mock.add_fault(Burst(hold_s=HELD_S, copies=COPIES))
        number = mock.engine.accepted
        # the last burst comes after the close that it tells of
        target = upcoming(case, case.pair, grid, 2)
        left_s = (target.end_ms - case.world.now_ms()) / 1000
        await asyncio.sleep(left_s + HELD_S + 5)
        mock.remove_fault(fault)
        sent = len(journal.seen("out", after=before))
        again = mock.engine.accepted - number
        target = upcoming(case, case.pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    case.did(
        f"For two candles each message was held back for {HELD_S:g} s, and then came "
        f"{COPIES} times, at once with all others: {sent} messages. {again} new connections. "
        f"The caller took {SLOW_S * 1000:g} ms for each update."
    )
    judge_candles(case, feed, case.pair, grid, target)


@check("LOAD-02")
async def all_at_once(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    case.watch_many([case.pair], interval)
    pairs = (await case.world.own_market(MANY - len(case.samples.pairs)))[:MANY]
    feed = case.watch_many(pairs, interval)
    await feed.start()
    try:
        if not await eventually(lambda: subscribed(case, pairs, interval) == MANY, SOON_S):
            case.not_exercised("not all pairs were subscribed", consequence_of="SUB-05")
        opened = grid.floor(case.world.now_ms())
        closed = [pair for pair in pairs if case.candle(pair, grid, opened) is not None]
        due_ms = grid.next(grid.next(opened)) + round(BUDGET_S * 1000)

        def late() -> list[str]:
            there = {plain(item.pair) for item in feed.candles if item.open_ms == opened}
            return [pair for pair in closed if plain(pair) not in there]

        await asyncio.sleep((grid.next(opened) - case.world.now_ms()) / 1000)
        await eventually(lambda: not late(), (due_ms - case.world.now_ms()) / 1000)
    finally:
        await feed.stop()
    missing = late()
    case.did(f"Candles of {len(closed)} pairs closed at {grid.next(opened) // 1000}, all at once.")
    if missing:
        case.fail(
            f"{len(missing)} of {len(closed)} candles are not there {BUDGET_S:g} s after the next "
            "ones have closed",
            expected="all of them",
            got=f"none of {', '.join(missing[:8])}{', …' if len(missing) > 8 else ''}",
        )
    case.witness(f"{len(closed)} candles of one instant")


@check("LOAD-03")
async def in_pieces(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    mock, journal = case.world.mock, case.world.journal
    troubles: tuple[tuple[str, Fault], ...] = (
        ("compressed, if the feed offers that", Compressed()),
        ("in several frames", Fragment(pieces=7)),
        ("a few bytes at a time", Drip(bytes=60, every_ms=20, every=5)),
    )
    faults = [mock.add_fault(fault) for _, fault in troubles]
    await feed.start()
    try:
        await passed_on(case, feed, grid, upcoming(case, case.pair, grid, 5))
        if not journal.of("connect"):
            case.not_applicable("the feed opens no WebSocket connection")
        for fault in faults:
            mock.remove_fault(fault)
        large_ms, mark = case.world.now_ms(), journal.total
        anyway = len(journal.of("lost"))  # some take a new connection now and then
        mock.add_fault(ExtraField(of="stream", size=LARGE))
        target = upcoming(case, case.pair, grid, 2)
        await passed_on(case, feed, grid, target)
        ended = _ended_by_size(journal, mark)
    finally:
        await feed.stop()
    case.did(
        f"Messages came {'; '.join(what for what, _ in troubles)}. "
        f"Later each had a field of {LARGE // 1000} kB."
    )
    judge_candles(case, feed, case.pair, grid, target)
    for item in feed.candles:
        due_ms = grid.next(grid.next(item.open_ms)) + round(BUDGET_S * 1000)
        history = item.open_ms < feed.first_ms
        if case.samples.flat and item.at_ms > due_ms and not history:
            large = item.at_ms > large_ms
            case.fail(
                f"the candle of {item.open_ms // 1000} comes late: "
                + ("large messages are lost" if large else "messages in pieces are lost"),
                expected=f"within {BUDGET_S:g} s of the next close",
                got=f"{(item.at_ms - grid.next(item.open_ms)) / 1000:.0f} s after its close",
                likely="a buffer of a fixed size, or a limit of the client's, is below the "
                f"{LARGE // 1000} kB of a message"
                if large
                else "frames are taken for messages; a message ends with a frame that says FIN",
            )
    if len(ended) > max(1, anyway):
        case.fail(
            f"messages of {LARGE // 1000} kB end the feed's connections, {len(ended)} of them",
            expected="the message is read, as any other",
            got="\n".join(entry.line(case.world.setting.epoch_ms) for entry in ended[:6]),
            likely="the client is given a limit for messages (max_size, max_msg_size) that is "
            "lower than its own",
        )


def _ended_by_size(journal: Journal, after: int) -> list[Entry]:
    """Return the ends by the client of connections whose last message was a large one."""
    last: dict[int, int] = {}
    found = []
    for entry in list(journal)[-(journal.total - after) :]:
        if entry.kind == "out":
            last[entry.connection] = len(entry.text)
        elif entry.kind == "lost" and last.get(entry.connection, 0) >= LARGE:
            found.append(entry)
    return found
