"""Does it live with a clock that is wrong, and with a network that is late?"""

from __future__ import annotations

import asyncio

from conformance.case import Case
from conformance.checks.coming_back import comes_back, patience_s
from conformance.checks.heartbeat import announced, pings_by_text
from conformance.compare import when
from conformance.observe import eventually, judge_candles, oldest, passed_on, story, upcoming
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.watched import Watched
from mock_exchanges.core.calendar import Grid
from mock_exchanges.faults.connect.refuse import Refuse
from mock_exchanges.faults.pressure.clock_skew import ClockSkew
from mock_exchanges.faults.silence.mute_ping import MutePing

# seconds by which clocks differ: more than two candles of a minute
_SKEW_S = 150.0
# seconds without a network at the start
_LATE_S = 180.0


# a day and an hour; only at its two ends somebody trades, for so many seconds
_LONG_S, _AWAKE_S = 25 * 3600, 300
# after so many seconds of it what they have cost is looked at
_LOOK_S = 1800
# seconds between pings of an adapter whose exchange announces the period, and bears this one:
# many are dear
_RARE_S = 50.0
# entries of the journal for which a day is too dear, and how long it lasts then: some
# exchanges say much, day and night
_DEAR, _SHORT_S = 20_000, 3600


@check("LIFE-04")
async def a_day(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    await case.world.own_market()
    pair, market, journal = case.pair, case.world.market, case.world.journal
    feed = case.watch(pair, interval)
    rare = None if case.judges_feed else announced(case, _RARE_S)
    active = rare and case.world.mock.add_fault(rare)
    await feed.start()
    try:
        await asyncio.sleep(_AWAKE_S)
        if active is not None:
            case.world.mock.remove_fault(active)
        dusk_ms, before = grid.floor(case.world.now_ms()), journal.total
        market.quieten(pair, dusk_ms, dusk_ms + _SHORT_S * 1000)
        await asyncio.sleep(_LOOK_S)
        cost = (journal.total - before) * _LONG_S / _LOOK_S
        night_s = _LONG_S if cost <= _DEAR else _SHORT_S
        if night_s > _SHORT_S:
            market.quieten(pair, dusk_ms + _SHORT_S * 1000, dusk_ms + night_s * 1000)
            if not case.judges_feed and _is_pinged(case, interval):
                # HB-01 asks whether an adapter has them answered; here thousands would be dear
                case.world.mock.add_fault(MutePing(for_s=night_s - 2 * _LOOK_S))
        await asyncio.sleep((dusk_ms + night_s * 1000 - case.world.now_ms()) / 1000)
        seen = len(feed.updates)
        await asyncio.sleep(_AWAKE_S)
        hours = night_s // 3600
        case.did(f"{hours} h of {pair} {interval} went by without a trade, between busy ones.")
        target = upcoming(case, pair, grid, 1)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    if len(feed.updates) == seen:
        case.fail(
            "when trade began again no candle came by the stream",
            expected="candles by the stream, as at the beginning",
            got=story(feed, case.world.setting.epoch_ms),
            likely="something is full, or was good for so long only",
        )
    judge_candles(case, feed, pair, grid, target)


def _is_pinged(case: Case, interval: str) -> bool:
    return bool(case.world.journal.of("ping")) or pings_by_text(case, interval)


@check("LIFE-02")
async def wrong_clock(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    engine = case.world.mock.engine
    for skew_s in (_SKEW_S, -_SKEW_S):
        active = case.world.mock.add_fault(ClockSkew(skew_s=skew_s))
        own = "behind" if skew_s > 0 else "ahead"
        case.did(f"The client's clock was {_SKEW_S:g} s {own} of the exchange's.")
        feed = case.watch(case.pair, interval)
        first_ms = grid.floor(max(case.world.now_ms(), engine.exchange_time(case.world.now_ms())))
        await feed.start()
        try:
            if not await comes_back(case, feed, engine.accepted):
                case.not_exercised("no candle came on the first connection")
            end_ms = first_ms
            for _ in range(3):
                end_ms = grid.next(end_ms)
            left_s = (end_ms - engine.exchange_time(case.world.now_ms())) / 1000
            await asyncio.sleep(left_s)
            await eventually(
                lambda feed=feed, end_ms=end_ms: (
                    bool(feed.candles)  # type: ignore[misc]
                    and grid.next(feed.candles[-1].open_ms) >= end_ms
                ),
                patience_s(case, interval),
            )
        finally:
            await feed.stop()
        _judge(case, feed, grid, first_ms, end_ms, own)
        case.world.mock.remove_fault(active)


def _judge(case: Case, feed: Watched, grid: Grid, first_ms: int, end_ms: int, own: str) -> None:
    """Fail unless the candles of the exchange's clock came, closed ones alone."""
    case.did(f"{case.happened}\n{story(feed, case.world.setting.epoch_ms)}")
    got = ", ".join(when(item.open_ms / 1000)[11:16] for item in feed.candles) or "none"
    there_ms = case.world.mock.engine.exchange_time(case.world.now_ms())
    times = [item.open_ms for item in feed.candles]
    oldest_ms = oldest(grid, grid.back(first_ms, 10), times)
    ledger = case.world.market.candles(case.pair, grid, oldest_ms, there_ms)
    by_open = {candle.open_ms: candle for candle in ledger}
    for item in feed.candles:
        if item.open_ms not in by_open:
            case.fail(
                f"with a clock that is {own}, a candle of {when(item.open_ms / 1000)} arrived, "
                "which has not closed",
                expected="candles that the exchange has closed",
                got=got,
                likely="what is closed is reckoned by the own clock; let the exchange tell it, by "
                "the candle that follows or by its Date",
            )
        case.compare(f"a closed candle, with a clock that is {own}", item.reading,
                     by_open[item.open_ms])  # fmt: skip
    missing = [c for c in case.candles(case.pair, grid, first_ms, end_ms) if c.open_ms not in times]
    if missing or times != sorted(set(times)):
        what = f"{len(missing)} closed candles never arrived" if missing else "candles came twice"
        case.fail(
            f"with a clock that is {own}, {what}",
            expected=", ".join(
                when(c.open_ms / 1000)[11:16]
                for c in case.candles(case.pair, grid, first_ms, end_ms)
            ),
            got=got,
            likely="what is closed is reckoned by the own clock; let the exchange tell it, by "
            "the candle that follows or by its Date",
        )
    case.witness(f"{len(times)} closed candles with a clock that is {own}")


@check("LIFE-03")
async def starts_without_network(case: Case) -> None:
    interval = await case.live_interval()
    mock, engine = case.world.mock, case.world.mock.engine
    refuse = mock.add_fault(Refuse())
    case.world.network.lose([*case.samples.ws_hosts, *case.samples.rest_hosts])
    feed = case.watch(case.pair, interval)
    case.did(f"The feed was started without a network, which was there {_LATE_S:g} s later.")
    starting = asyncio.ensure_future(feed.start())
    try:
        await asyncio.sleep(_LATE_S)
        told = [note.text for note in feed.notes]
        mock.remove_fault(refuse)
        case.world.network.find_again()
        if starting.done() and (error := starting.exception()) is not None:
            if not isinstance(error, AdapterRaised):
                raise error
            case.witness(f"{error}: who called may start it again")
            return
        if not told:
            case.fail(
                f"without a network it tells its caller nothing for {_LATE_S:g} s",
                expected="a status, or an exception out of start()",
                got="nothing",
                likely="errors of the first connection are swallowed, or only logged",
            )
        back = await comes_back(case, feed, 0)
        ended = any(note.error for note in feed.notes)
        if not back and not (ended and not engine.connections):
            case.fail(
                "it does not come to life when the network is there",
                expected="candles, or an error to the caller",
                got=story(feed, case.world.setting.epoch_ms),
                likely="only a connection that once was is made again",
            )
        case.witness(f"told {told[0]!r}, then {'candles' if back else 'gave up, with an error'}")
    finally:
        await asyncio.gather(starting, return_exceptions=True)
        await feed.stop()
