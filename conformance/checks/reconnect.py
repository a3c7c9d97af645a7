"""Does it come back after an end, whoever ended it, and as it was?

How often it tries is in `conformance.checks.outage`, what it leaves behind in
`conformance.checks.lasting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from conformance.case import Case
from conformance.checks import lasting, outage  # noqa: F401 - they register checks of this area
from conformance.checks.coming_back import attempts, comes_back, running
from conformance.observe import SOON_S, eventually, story
from conformance.registry import check
from conformance.watched import Watched
from mock_exchanges.core.actions import Action, Close, Drop, Event, Text
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.interference import Interference
from mock_exchanges.faults import Fault
from mock_exchanges.faults.connect.http_html import HttpHtml
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.no_answer import NoAnswer
from mock_exchanges.faults.connect.tls_fail import TlsFail
from mock_exchanges.faults.connect.upgrade_drop import UpgradeDrop

# seconds for which connecting fails in one way
_TROUBLE_S = 20.0

_HALF = "what the attempt that was cut began, such as a wait for its confirmation, is not given up"
_CAUGHT = "one kind of error is not caught where the others are, or is taken for final"


@check("RECON-01")
async def reconnects(case: Case) -> None:
    await _outlives(case, (Drop("eof"), Drop("reset"), Drop("eof"), Drop("reset")))


@check("RECON-02")
async def closed_by_the_exchange(case: Case) -> None:
    await _outlives(
        case,
        (
            Close(1000),
            Close(1001, "going away"),
            Close(1012, "service restart"),
            Close(1000, "bye"),
        ),
        "the exchange's close was taken for the user's own: a close frame, 1000 or not, is no "
        "order to stop; stop() alone is",
    )


async def _outlives(case: Case, ends: tuple[Close | Drop, ...], likely: str = "") -> None:
    """Fail unless candles flow again after each end."""
    engine = case.world.mock.engine
    async with running(case) as feed:
        for end in ends:
            number = engine.accepted
            case.world.mock.end_connections(end)
            case.did(f"The exchange ended connection {number}: {_how(end)}.")
            if not await comes_back(case, feed, number):
                _gone(case, feed, f"after connection {number} ended", likely)
            case.witness(f"candles on connection {engine.accepted}, after {_how(end)}")


def _how(end: Close | Drop) -> str:
    if isinstance(end, Close):
        return f"close {end.code} {end.reason}".rstrip()
    return "TCP reset" if end.how == "reset" else "end of stream, without a close frame"


def _gone(case: Case, feed: Watched, when: str, likely: str = "") -> None:
    """Fail: no candle came on a new connection."""
    engine = case.world.mock.engine
    where = "on a new connection"
    if engine.connections:
        where = f"on connection {engine.accepted}"
    case.fail(
        f"{when}, no candle comes {where}",
        expected="candles on a new connection",
        got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
        likely=likely,
    )


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


class CutsAtSubscription(Interference):
    """The connection ends when the client's first text arrives, before any answer; once."""

    def __init__(self) -> None:
        self.struck = 0
        self._heard = False

    def on_event(self, connection: Connection, event: Event, now_ms: int) -> Event | None:
        self._heard = isinstance(event, Text) and not self.struck
        return event

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self._heard:
            return actions
        self._heard = False
        self.struck += 1
        return [Drop("eof")]


class CutsAfterAnswer(CutsAtSubscription):
    """The connection ends right after the answer to the client's first text; once."""

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        return [*actions, *super().on_actions(connection, [], now_ms)]


@check("RECON-06")
async def survives_each_step(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    steps: list[tuple[str, Fault | Interference]] = [
        ("the answer to the handshake", NoAnswer(of="handshake", times=1)),
        ("the handshake, before anything was sent", UpgradeDrop(times=1)),
        ("the subscription, before its confirmation", CutsAtSubscription()),
        ("the confirmation of the subscription", CutsAfterAnswer()),
    ]
    if (desk := case.samples.token_desk) is not None:
        broken = NoAnswer(of="rest", path=desk.path, times=1)
        steps.insert(0, ("the request for a token", broken))
    async with running(case) as feed:
        for step, trouble in steps:
            number = engine.accepted
            with _trouble(case, trouble) as struck:
                mock.end_connections(Drop("eof"))
                case.did(f"The connection ended; the next one was cut at {step}.")
                back = await comes_back(case, feed, number)
                # what came before the cut is no sign of having survived it
                if back and struck() and engine.accepted == number + 1 and not engine.connections:
                    back = await comes_back(case, feed, engine.accepted)
            if not back:
                _gone(case, feed, f"after a cut at {step}", _HALF)
            if struck():
                case.witness(f"candles on connection {engine.accepted}, after a cut at {step}")


@contextmanager
def _trouble(case: Case, trouble: Fault | Interference) -> Iterator[Callable[[], int]]:
    """Let something go wrong for a while; yields what tells how often it struck."""
    mock = case.world.mock
    if isinstance(trouble, CutsAtSubscription):
        mock.engine.add_fault(trouble, mock.now_ms())
        yield lambda: trouble.struck
        mock.engine.remove_fault(trouble, mock.now_ms())
        return
    assert isinstance(trouble, Fault)
    active = mock.add_fault(trouble)
    yield lambda: active.struck
    mock.remove_fault(active)


@check("RECON-08")
async def survives_refusals(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    troubles: list[tuple[str, Fault | None]] = [
        ("the look-up of its hosts failed (DNS)", None),
        ("TLS handshakes failed", TlsFail()),
        ("handshakes were answered with HTTP 403, a page of a CDN",
         HttpHtml(of="handshake", status=403)),
        ("handshakes were answered with HTTP 429, Retry-After: 20",
         HttpStatus(of="handshake", status=429, headers={"Retry-After": "20"})),
        ("handshakes were answered with HTTP 503", HttpStatus(of="handshake")),
    ]  # fmt: skip
    async with running(case) as feed:
        for what, fault in troubles:
            number, since_ms = engine.accepted, mock.now_ms()
            active = None if fault is None else mock.add_fault(fault)
            if fault is None:
                case.world.network.lose([*case.samples.ws_hosts, *case.samples.rest_hosts])
            mock.end_connections(Drop("eof"))
            case.did(f"The connection ended, and for {_TROUBLE_S:g} s {what}.")
            await asyncio.sleep(_TROUBLE_S)
            case.world.network.find_again()
            if active is not None:
                mock.remove_fault(active)
            if not await comes_back(case, feed, number):
                _gone(case, feed, f"{SOON_S:g} s after {what}", _CAUGHT)
            tried = len(attempts(case, since_ms))
            case.witness(f"candles on connection {engine.accepted}, {tried} attempts, when {what}")
