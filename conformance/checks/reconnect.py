"""Does it come back after an end, whoever ended it, and as it was?"""

from __future__ import annotations

from functools import partial

from conformance.case import Case
from conformance.observe import SOON_S, eventually, story
from conformance.registry import check
from conformance.watched import Watched
from mock_exchanges.core.actions import Close, Drop


@check("RECON-01")
async def reconnects(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.pair, interval)
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


@check("RECON-03")
async def subscribes_again(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.pair, interval)
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


def _more(feed: Watched, than: int) -> bool:
    return len(feed.updates) > than
