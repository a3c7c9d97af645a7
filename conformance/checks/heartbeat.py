"""Is a connection kept alive as the exchange demands?"""

from __future__ import annotations

from conformance.case import Case
from conformance.observe import eventually, story
from conformance.registry import check


@check("HB-01")
async def stays_alive(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.samples.quiet_pair, interval)
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
