"""What comes of the adapter over time, in a good host program?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from conformance.case import Case
from conformance.driver.feed import AdapterFeed
from conformance.registry import check
from conformance.subject import NoWebSocket
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.faults.connect.http_status import HttpStatus

# virtual seconds; generous, as they cost nothing
SOON_S = 300.0


async def eventually(holds: Callable[[], bool], within_s: float) -> bool:
    """Wait until something holds; False after so many virtual seconds."""
    step = max(0.25, within_s / 2000)
    waited = 0.0
    while not holds():
        if waited >= within_s:
            return False
        await asyncio.sleep(step)
        waited += step
    return True


def story(feed: AdapterFeed, origin_ms: int, lines: int = 8) -> str:
    """Write the last notes of a feed for a reader."""
    notes = feed.notes[-lines:]
    return "\n".join(f"{(n.at_ms - origin_ms) / 1000:+10.3f}s {n.text}" for n in notes)


def upcoming(case: Case, pair: str, grid: Grid, count: int) -> Candle:
    """Return the candle that closes as the ``count``-th from now on: the ledger knows it."""
    opened = grid.floor(case.world.now_ms())
    while True:
        candle = case.candle(pair, grid, opened)
        count -= candle is not None
        if candle is not None and count == 0:
            return candle
        opened = grid.next(opened)


async def passed_on(case: Case, feed: AdapterFeed, grid: Grid, target: Candle) -> None:
    """Wait until the feed has passed a candle on, or had every chance to."""
    left_s = (target.end_ms - case.world.now_ms() + 3 * grid.length_ms) / 1000
    await eventually(
        lambda: bool(feed.candles) and feed.candles[-1].open_ms >= target.open_ms,
        left_s + (SOON_S if case.samples.flat else 6 * SOON_S),
    )


def judge_candles(case: Case, feed: AdapterFeed, pair: str, grid: Grid, target: Candle) -> None:
    """Fail unless the feed passed on every closed candle up to one, once, in order, exactly."""
    case.did(f"{case.happened}\n{story(feed, case.world.setting.epoch_ms)}")
    candles = case.candles(pair, grid, feed.first_ms, target.end_ms)
    times = [item.open_ms for item in feed.candles]
    missing = [c for c in candles if c.open_ms not in times]
    expected = ", ".join(str(c.open_ms // 1000) for c in candles)
    got = ", ".join(str(open_ms // 1000) for open_ms in times) or "none"
    if missing:
        case.fail(
            f"{len(missing)} of {len(candles)} closed candles never arrived",
            expected=expected,
            got=got,
        )
    # an exchange that leaves idle intervals out may still send one to bridge them
    ledger = case.world.market.candles(pair, grid, feed.first_ms, case.world.now_ms())
    by_open = {candle.open_ms: candle for candle in ledger}
    for item in feed.candles:
        if item.open_ms not in by_open:
            case.fail(
                f"a candle of {item.open_ms // 1000} arrived, which the exchange does not have",
                expected=expected,
                got=got,
            )
        case.compare("a closed candle", item.reading, by_open[item.open_ms])
    case.witness(f"{len(times)} closed candles")


@check("HB-01")
async def stays_alive(case: Case) -> None:
    interval = await case.usual_interval()
    case.meaning(interval)
    feed = case.world.feed(case.subject, case.samples.quiet_pair, interval)
    engine = case.world.mock.engine
    await feed.start()
    try:
        await eventually(lambda: engine.accepted >= 2, case.samples.alive_for_s)
        ends = case.world.journal.of("close", "drop")
    finally:
        await feed.stop()
    pings, answers = case.world.journal.of("ping"), case.world.journal.of("ponged")
    market = f"{case.samples.quiet_pair} {interval}"
    if pings:
        case.did(
            f"The exchange sent {len(pings)} pings, {len(answers)} were answered, on a connection "
            f"for {market}."
        )
    else:
        case.did(f"A connection for {market} was to last {case.samples.alive_for_s:g} s.")
    if engine.accepted == 0:
        case.not_exercised("no connection came to be")
    if ends:
        case.fail(
            f"the exchange ended the connection: {ends[0].text}",
            expected=f"one connection for {case.samples.alive_for_s:g} s",
            got=story(feed, case.world.setting.epoch_ms),
        )
    case.witness(f"{len(pings)} pings, {len(answers)} answers")


@check("RECON-01")
async def reconnects(case: Case) -> None:
    interval = await case.usual_interval()
    case.meaning(interval)
    feed = case.world.feed(case.subject, case.pair, interval)
    engine = case.world.mock.engine
    await feed.start()
    try:
        number, seen = 0, 0

        def flows() -> bool:
            return engine.accepted > number and len(feed.updates) > seen

        if not await eventually(flows, SOON_S):
            case.not_exercised("no candle came on the first connection")
        for end in (Drop("eof"), Drop("reset"), Close(1001), Close(1000)):
            number, seen = engine.accepted, len(feed.updates)
            case.world.mock.end_connections(end)
            case.did(f"The exchange ended connection {number} with {end}.")
            if not await eventually(flows, SOON_S):
                case.fail(
                    f"after connection {number} ended, no candle comes for {SOON_S:g} s",
                    expected="candles on a new connection",
                    got=story(feed, case.world.setting.epoch_ms),
                )
            case.witness(f"candles on connection {engine.accepted}, after {end}")
    finally:
        await feed.stop()


def _more(feed: AdapterFeed, than: int) -> bool:
    return len(feed.updates) > than


@check("RECON-03")
async def subscribes_again(case: Case) -> None:
    interval = await case.usual_interval()
    case.meaning(interval)
    feed = case.world.feed(case.subject, case.pair, interval)
    mock, engine = case.world.mock, case.world.mock.engine
    right = [case.samples.topic(case.pair, m.name) for m in case.samples.meanings(interval)]
    await feed.start()
    try:
        for connections in range(3):

            def connected(before: int = connections) -> bool:
                return engine.accepted > before and bool(engine.connections)

            if not await eventually(connected, SOON_S):
                case.not_exercised(
                    f"connection {connections + 1} never came to be",
                    consequence_of="RECON-01" if connections else None,
                )
            subscribed = await eventually(
                lambda: engine.hub.topics() in ([topic] for topic in right), SOON_S / 10
            )
            topics = ", ".join(engine.hub.topics()) or "nothing"
            if not subscribed and connections == 0:
                case.not_exercised(f"the first connection subscribed to {topics}")
            if not subscribed:
                sent = case.world.journal.of("in", connection=engine.accepted)
                case.fail(
                    f"connection {engine.accepted} is subscribed to {topics}",
                    expected=" or ".join(right),
                    got="; ".join(entry.text for entry in sent) or "nothing was sent",
                )
            # some data, so that an adapter that changes with what it sees has seen it
            seen = len(feed.updates)
            await eventually(partial(_more, feed, seen + 2), SOON_S)
            case.witness(f"connection {engine.accepted}: {topics}")
            mock.end_connections(Drop("eof"))
            case.did(f"The exchange ended connection {engine.accepted}.")
    finally:
        await feed.stop()


@check("GAP-01")
async def fills_the_gap(case: Case) -> None:
    interval = await case.usual_interval()
    grid = case.meaning(interval).grid
    feed = case.world.feed(case.subject, case.pair, interval)
    mock = case.world.mock
    away = (HttpStatus(of="handshake"), HttpStatus(of="rest", body="away"))
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        for fault in away:
            mock.add_fault(fault)
        mock.end_connections(Drop("eof"))
        back_s = (upcoming(case, case.pair, grid, 4).end_ms - case.world.now_ms()) / 1000
        back_s -= 0.6 * grid.length_ms / 1000
        case.did(f"The exchange was away for {back_s:.0f} s, in which three candles closed.")
        await asyncio.sleep(back_s)
        for fault in away:
            mock.remove_fault(fault)
        target = upcoming(case, case.pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    judge_candles(case, feed, case.pair, grid, target)


@check("FALL-01")
async def falls_back(case: Case) -> None:
    interval, refuse = await _without_stream(case)
    grid = case.meaning(interval).grid
    if refuse:
        case.world.mock.add_fault(HttpStatus(of="handshake"))
        case.did("The exchange refused every WebSocket handshake with HTTP 503.")
    else:
        case.did(f"The adapter does not stream {interval}, so the host polled REST.")
    feed = case.world.feed(case.subject, case.pair, interval)
    await feed.start()
    try:
        target = upcoming(case, case.pair, grid, 5)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    judge_candles(case, feed, case.pair, grid, target)


async def _without_stream(case: Case) -> tuple[str, bool]:
    """Return an interval to poll, and whether its stream has to be refused for that."""
    supported = await case.supported()
    known = [n for n in supported if (m := case.known(n)) is not None and m.rest]
    known = [n for n in known if case.meaning(n).grid.length_ms >= 60_000] or known
    if not known:
        case.not_applicable("no interval of the adapter is served by the exchange's REST")
    try:
        streamed = await case.subject.streamed()
    except NoWebSocket:
        return known[0], False
    polled = [name for name in known if name not in streamed]
    return (polled[0], False) if polled else (known[0], True)
