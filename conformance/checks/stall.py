"""Does it notice a stream that has died, and leave one alone that has only nothing to say?

Each check has its mirror, in which the same silence is legal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from conformance.case import Case
from conformance.observe import SOON_S, eventually, story
from conformance.registry import check
from conformance.silence import Since, flowing, patience_s, quiet_s, quieten, subscribed
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.end.half_open import HalfOpen
from mock_exchanges.faults.silence.mute_data import MuteData
from mock_exchanges.faults.silence.mute_stream import MuteStream
from mock_exchanges.faults.silence.never_start import NeverStart

# an interval whose candles change seldom in a quiet market, and for how long none comes
SLOW, SLOW_SILENCE_S = "1h", 1500.0


@check("STALL-01")
async def data_stops(case: Case) -> None:
    case.did("The candles stopped; the connection stayed up, pings and answers went on.")
    await _dies(
        case, lambda number: MuteData(connection=number), "the candles stopped",
        "a read without a time limit, or one that pings and answers set back",
    )  # fmt: skip


@check("STALL-02")
async def line_is_dead(case: Case) -> None:
    case.did("The line went dead: nothing comes, nothing is answered, and nobody closed it.")
    await _dies(
        case, lambda number: HalfOpen(connection=number), "the line went dead",
        "the time is looked at only when a message comes, or a close waits to be answered",
    )  # fmt: skip


async def _dies(case: Case, fault: Callable[[int], Fault], what: str, likely: str) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    try:
        await flowing(case, feed, grid)
        case.world.mock.add_fault(fault(case.world.mock.engine.accepted))
        await Since(case, feed, grid).must_be_noticed(what, likely)
    finally:
        await feed.stop()


@check("STALL-03")
async def never_begins(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    case.world.mock.add_fault(NeverStart(connection=1))
    case.did("The first connection's subscription was accepted, and no candle ever came on it.")
    try:
        await subscribed(case, feed)
        since = Since(case, feed, grid)
        since.connection = 1
        await since.must_be_noticed(
            "the subscription was accepted, without a candle since,",
            "the time is counted from the first candle on, not from the subscription",
        )
    finally:
        await feed.stop()


@check("STALL-04")
async def one_of_many_stops(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    engine = case.world.mock.engine
    pairs = case.samples.pairs[:3]
    feed = case.watch_many(pairs, interval)
    topics = [case.samples.topic(pair, case.meaning(interval).name) for pair in pairs]
    try:
        await flowing(case, feed, grid)
        if not set(topics) <= set(engine.hub.topics()):
            case.not_exercised(f"subscribed to {', '.join(engine.hub.topics()) or 'nothing'}")
        case.world.mock.add_fault(MuteStream(stream=topics[1], connection=engine.accepted))
        case.did(f"{topics[1]} fell silent; {topics[0]} and {topics[2]} went on.")
        since = Since(case, feed, grid, pairs[1])
        await since.must_be_noticed(
            f"the candles of {pairs[1]} alone stopped", "one clock for all streams of a connection"
        )
    finally:
        await feed.stop()


@check("STALL-05")
async def caller_is_told(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    try:
        await flowing(case, feed, grid)
        case.world.mock.add_fault(MuteData())
        for path in ("candles", "klines"):
            case.world.mock.add_fault(HttpStatus(of="rest", path=path, body="away"))
        case.did("The candles stopped on every connection, and REST was away, too.")
        since, within_s = Since(case, feed, grid), 2 * patience_s(grid)
        if not await eventually(lambda: since.told() is not None, within_s):
            case.fail(
                f"the caller has no candles for {within_s / 60:.0f} min, and is not told",
                expected="a status, an exception, or the end of start()",
                got=f"{len(feed.notes)} words to the caller, all from before:\n"
                + story(feed, case.world.setting.epoch_ms),
            )
        note = since.told()
        case.witness(f"told after {since.seconds:.0f} s: {note.text if note else ''}")
    finally:
        await feed.stop()


# -- the mirrors


@check("STALL-01Q")
async def market_falls_quiet(case: Case) -> None:
    await case.world.own_market()
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    try:
        await flowing(case, feed, grid)
        silence = f"in {case.pair} nothing was traded"
        await quieten(case, case.pair, quiet_s(grid) + 60)
        case.did(f"Nobody traded {case.pair} for {quiet_s(grid) / 60:.0f} min; all was well.")
        await Since(case, feed, grid).must_be_calm(quiet_s(grid), silence)
    finally:
        await feed.stop()


@check("STALL-02Q")
async def channel_is_slow(case: Case) -> None:
    meaning = case.known(SLOW)
    if meaning is None or not meaning.streamed:
        case.not_applicable(f"the exchange streams no {SLOW}")
    await case.world.own_market()
    feed = case.watch(case.pair, SLOW)
    await quieten(case, case.pair, SLOW_SILENCE_S + 120)
    try:
        await subscribed(case, feed)
        case.did(
            f"Nobody traded {case.pair}: on its {SLOW} stream nothing came for "
            f"{SLOW_SILENCE_S / 60:.0f} min; pings and answers went on."
        )
        since = Since(case, feed, meaning.grid)
        await since.must_be_calm(SLOW_SILENCE_S, f"a {SLOW} candle in which nothing is traded")
    finally:
        await feed.stop()


@check("STALL-03Q")
async def market_is_quiet_at_first(case: Case) -> None:
    await case.world.own_market()
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    await quieten(case, case.pair, quiet_s(grid) + 60)
    await asyncio.sleep(5)
    case.did(f"Nobody traded {case.pair} before and after the subscription; all was well.")
    try:
        await subscribed(case, feed)
        silence = f"in {case.pair} nothing was traded yet"
        await Since(case, feed, grid).must_be_calm(quiet_s(grid), silence)
    finally:
        await feed.stop()


@check("STALL-04Q")
async def one_of_many_is_quiet(case: Case) -> None:
    names = await case.world.own_market()
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    quiet, lively = names[0], case.samples.quiet_pair
    feed = case.watch_many([quiet, lively], interval)
    try:
        await flowing(case, feed, grid)
        await quieten(case, quiet, quiet_s(grid) + 60)
        case.did(f"Nobody traded {quiet}, while {lively} on the same connection went on.")
        silence = f"in {quiet} nothing was traded"
        await Since(case, feed, grid).must_be_calm(quiet_s(grid), silence)
    finally:
        await feed.stop()


@check("STALL-05Q")
async def nobody_cries_for_nothing(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    try:
        await flowing(case, feed, grid)
        case.did(f"Candles of {case.pair} came all the time.")
        await Since(case, feed, grid).must_be_calm(SOON_S, "the candles came")
    finally:
        await feed.stop()
