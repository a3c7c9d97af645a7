"""Feeds with threads or loops of their own, which cannot live on virtual time.

Virtual time passes while everybody on the suite's loop waits; a thread that waits on a
socket by itself is out of its sight. `outside` finds such feeds by starting one, and
`RealSession` judges them in real time: one session of some seconds, whose stages stand
for the checks named in `STAGES`. The process's clock is set shortly before the close of
a candle, so that even feeds of minutes have one to hand over.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NoReturn

from conformance import clock
from conformance.case import Case
from conformance.feed import USUAL_INTERVALS, UserFeed
from conformance.network import Network
from conformance.observe import judge_candles
from conformance.patience import Hanging, Patience, patience
from conformance.process import real
from conformance.process.blame import is_subjects
from conformance.process.hosted import hosted
from conformance.registry import get
from conformance.setting import Setting, Trust
from conformance.subject import AdapterRaised
from conformance.threaded import STEP_S, LookedAt, apart, linger, strangers, without_uvloop
from conformance.verdict import Outcome, Verdict
from conformance.world import World
from mock_exchanges.core.actions import Drop, Ping
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.samples import Samples

# real seconds before the close of a candle at which the session begins
_LEAD_S = 3.0
# real seconds in which a feed subscribes, answers a ping, passes a closed candle on, is back
_SUBSCRIBED_S, _PONG_S, _CANDLE_S, _BACK_S = 4.0, 2.0, 5.0, 8.0
# real seconds in which a stopped feed lets go, and after which it must have kept still
_GONE_S, _STILL_S = 15.0, 1.0
# real seconds after which a handshake is surely over for both sides
_SETTLED_S = 0.7
# real seconds within which start() and stop() of a feed come back, if they do at all
_CALL_S = 4.0
# the checks that the session stands for, and the name of the stage that judges each
STAGES = {
    "SUB-01": "subscribe", "HB-01": "ping", "FINAL-02": "candles",
    "RECON-01": "back", "RECON-03": "topics", "RECON-09": "stop",
}  # fmt: skip
# what a stage needs to have gone well
_AFTER = {"candles": "SUB-01", "back": "SUB-01", "topics": "RECON-01"}
# real seconds after which looking at a feed, and a session, are cut off
_LOOK_WITHIN_S, SESSION_S = 10.0, 45.0


def _usual(samples: Samples) -> str:
    """Return the interval that a feed is asked for, by a framework's name."""
    for name in USUAL_INTERVALS:
        if any(meaning.streamed for meaning in samples.meanings(name)):
            return name
    return samples.usual


def outside(setting: Setting, trust: Trust) -> str:
    """Return why a feed cannot live on virtual time, "" if it can. It is started for that."""
    said: list[str] = []

    worlds: list[World] = []

    async def look() -> None:
        worlds.append(World(setting, trust))
        async with worlds[0] as world:
            network, before = world.network, set(threading.enumerate())
            pairs, interval = world.samples.pairs, _usual(world.samples)
            feed = LookedAt(setting.factory, pairs[:1], interval, 0, world.now_ms)
            with contextlib.suppress(AdapterRaised):
                await feed.start()
                await asyncio.sleep(1)
                await linger(before, lambda: bool(network.outside))
            if network.outside:
                thread, host = network.outside[0]
                said.append(f"its thread {thread!r} connects to {host} by itself")
            with contextlib.suppress(AdapterRaised):
                await feed.stop()
            await linger(before, lambda: False)
            said.extend([""] * bool(strangers(before)))

    who = f"the feed {setting.adapter}, started to see whether it connects by itself,"
    with hosted():
        try:
            with without_uvloop(), patience(_LOOK_WITHIN_S, who):
                clock.run(look, epoch_ms=setting.epoch_ms)
        except BaseException as error:  # what is wrong besides, the checks will say
            if not isinstance(error, Hanging) and not is_subjects(error):
                raise
        finally:
            for world in worlds:
                world.leave()
    if said[1:]:  # threads that outlive it must not get out when the world ends
        _hold()
    return said[0] if said else ""


def _hold() -> None:
    """Keep the internet shut for threads that a feed left behind, until the process ends."""
    _left.enter_context(Network().active())


_left = contextlib.ExitStack()


class RealFeed(UserFeed):
    """A feed whose plain methods may block: they are called in threads of their own."""

    async def call(self, name: str, call: Callable[[], Any]) -> Any:
        """Call a method of the feed; it may go on for ever, as run_forever() does."""
        if inspect.iscoroutinefunction(call):
            return call()
        return await apart(name, call, _CALL_S, self._on_status)


class RealSession:
    """One session of a feed in real time. Its stages are judged as they come."""

    def __init__(self, setting: Setting, trust: Trust) -> None:
        self._setting = setting
        self._trust = trust
        self._outcomes: dict[str, Outcome | None] | None = None
        self._case: Case | None = None
        self._stage_now = ""
        self._alarm: Patience | None = None
        # check -> what was witnessed
        self._seen: dict[str, str] = {}

    def outcome(self, check_id: str) -> tuple[Outcome | None, str, Case | None]:
        """Return how a check's stage ended, None for well, what was witnessed, and the case.

        The session is held at the first call. Raises what broke the suite itself.
        """
        if self._outcomes is None:
            self._outcomes = {}
            self._hold_session()
        stage = STAGES[check_id]
        if stage in self._outcomes:
            return self._outcomes[stage], self._seen.get(stage, ""), self._case
        why = "the session ended before"
        return Outcome(Verdict.NOT_EXERCISED, why, consequence_of="SUB-01"), "", self._case

    def _hold_session(self) -> None:
        worlds: list[World] = []

        async def live() -> None:
            worlds.append(World(self._setting, self._trust))
            async with worlds[0] as world:
                await self._live(world)

        before = set(threading.enumerate())
        try:
            with hosted():
                try:
                    self._run(live)
                finally:
                    for world in worlds:
                        world.leave()
        except Hanging as hanging:
            self._cut_off(hanging)
        finally:
            if any(not t.name.startswith("asyncio") for t in strangers(before)):
                _hold()

    def _run(self, live: Callable[[], Coroutine[Any, Any, None]]) -> None:
        import time_machine

        epoch_s = self._epoch_ms() / 1000
        who = f"the feed {self._setting.adapter}, in its session in real time,"
        with (
            without_uvloop(),
            time_machine.travel(epoch_s, tick=True),
            patience(SESSION_S, who) as alarm,
        ):
            self._alarm = alarm
            real.run(live, alarm)

    def _cut_off(self, hanging: Hanging) -> None:
        """Take down which stage did not end; what was judged before stands."""
        assert self._outcomes is not None
        left = [name for name in STAGES.values() if name not in self._outcomes]
        if not left:
            return
        hung = self._stage_now if self._stage_now in left else left[0]
        where = f", in {hanging.method}" if hanging.method else ""
        self._outcomes[hung] = Outcome(
            Verdict.FAIL,
            f"the feed hangs: its session in real time had no end after {SESSION_S:g} s{where}",
            got=hanging.trail,
        )
        root = next(check for check, name in STAGES.items() if name == hung)
        for name in left:
            self._outcomes.setdefault(
                name, Outcome(Verdict.NOT_EXERCISED, "the session was cut off", consequence_of=root)
            )

    def _epoch_ms(self) -> int:
        """Return a date shortly before a candle closes."""
        grid = self._grid()
        return grid.next(grid.floor(self._setting.epoch_ms)) - round(_LEAD_S * 1000)

    def _grid(self) -> Grid:
        from mock_exchanges.registry import create

        samples = create(self._setting.exchange).samples
        return samples.meanings(_usual(samples))[0].grid

    async def _live(self, world: World) -> None:
        card = get("RECON-01").card
        case = self._case = Case(card, world, None, None)
        interval, pair = _usual(world.samples), case.pair
        case.did("The feed was started, in real time, shortly before a candle closed.")
        grid = self._grid()
        feed = RealFeed(
            self._setting.factory, [pair], interval, grid.floor(world.now_ms()), world.now_ms
        )
        stages: tuple[tuple[str, Callable[[], Awaitable[str]]], ...] = (
            ("subscribe", lambda: _subscribes(case, feed, interval)),
            ("ping", lambda: _pongs(case)),
            ("candles", lambda: _closes(case, feed, grid)),
            ("back", lambda: _comes_back(case, feed)),
            ("topics", lambda: _topics(case, interval)),
        )
        stopped = False
        try:
            for name, stage in stages:
                await self._stage(name, stage)
            stopped = True
            await self._stage("stop", lambda: _stops(case, feed))
        finally:
            if not stopped:
                with contextlib.suppress(AdapterRaised):
                    await feed.stop()

    async def _stage(self, name: str, stage: Callable[[], Awaitable[str]]) -> None:
        assert self._outcomes is not None
        self._stage_now = name
        before = _AFTER.get(name)
        if before is not None and self._outcomes.get(STAGES[before]) is not None:
            self._outcomes[name] = Outcome(
                Verdict.NOT_EXERCISED, f"{before} failed before", consequence_of=before
            )
            return
        ended: Outcome | None = None
        try:
            self._seen[name] = await stage()
        except Outcome as outcome:
            ended = outcome
        except AdapterRaised as raised:
            ended = Outcome(Verdict.FAIL, str(raised), got=raised.trail)
        if self._alarm is not None and self._alarm.rung:  # in a task of the feed's own
            raise Hanging
        self._outcomes[name] = ended


async def _until(holds: Callable[[], bool], within_s: float) -> bool:
    """Wait until something holds; False after so many real seconds."""
    end = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(STEP_S)
    return True


def _fail(case: Case, feed: RealFeed, headline: str, expected: str, likely: str) -> NoReturn:
    told = "\n".join(note.text for note in feed.notes[-8:])
    case.fail(headline, expected=expected, got=told or "the feed told nothing", likely=likely)


def _right(case: Case, interval: str) -> bool:
    """Return whether the open connections are subscribed to the pair, and to nothing twice."""
    topics = case.world.mock.engine.hub.topics()
    samples = case.samples
    meant = ([samples.topic(case.pair, m.name)] for m in samples.meanings(interval))
    return any(list(topics) == right for right in meant)


async def _subscribes(case: Case, feed: RealFeed, interval: str) -> str:
    await feed.start()
    if await _until(lambda: _right(case, interval) and bool(feed.updates), _SUBSCRIBED_S):
        return f"{', '.join(case.world.mock.engine.hub.topics())}; updates came"
    if _right(case, interval):
        return f"{', '.join(case.world.mock.engine.hub.topics())}"
    sent = [entry.text for entry in case.world.journal.of("in")]
    meant = case.meaning(interval).name
    tried = case.world.journal.of("connect", "refuse")
    case.fail(
        f"within {_SUBSCRIBED_S:g} s the feed has not subscribed to {case.pair} {interval}",
        expected=f"a request such as {case.samples.subscription(case.pair, meant)}",
        got="; ".join(sent) or f"nothing was sent on {len(tried)} connections",
    )


async def _pongs(case: Case) -> str:
    if case.samples.ping_every_s or case.samples.opening():
        case.not_applicable(
            "the exchange wants the client's own pings, more seldom than a session in real time "
            "is long"
        )
    mock = case.world.mock
    connections = list(mock.engine.connections.values())
    mock._running_shell.change(
        lambda now_ms: [(each, [Ping(b"real")]) for each in connections]
    )  # the exchange's own is due after minutes
    if await _until(lambda: bool(case.world.journal.of("ponged")), _PONG_S):
        return "a ping was answered"
    case.did("The exchange sent a ping.")
    case.fail(
        f"a ping is not answered within {_PONG_S:g} s",
        expected="a pong with the same payload",
        got="no answer",
        likely="pings are answered only while the library's reader runs",
    )


async def _closes(case: Case, feed: RealFeed, grid: Grid) -> str:
    target = case.candle(case.pair, grid, feed.first_ms)
    if target is None:
        case.not_applicable("nothing was traded in the candle that was to close")
    wait_s = max(0.0, (target.end_ms - case.world.now_ms()) / 1000)
    await _until(
        lambda: any(item.open_ms >= target.open_ms for item in feed.candles), wait_s + _CANDLE_S
    )
    case.did(f"A candle closed, {_LEAD_S:g} s after the feed was started.")
    judge_candles(case, feed, case.pair, grid, target)
    return "a closed candle, equal to the exchange's"


async def _comes_back(case: Case, feed: RealFeed) -> str:
    mock = case.world.mock
    number, seen = mock.engine.accepted, len(feed.updates) + len(feed.candles)
    mock.end_connections(Drop("eof"))
    case.did(f"The exchange ended connection {number} without a close frame.")

    def back() -> bool:
        came = len(feed.updates) + len(feed.candles) > seen
        # a feed that tells closed candles alone has nothing to tell so soon
        subscribed = bool(mock.engine.hub.topics()) and len(feed.updates) == len(feed.candles)
        return mock.engine.accepted > number and (came or subscribed)

    if await _until(back, _BACK_S):
        return f"connection {mock.engine.accepted} after connection {number} was cut"
    _fail(
        case, feed, f"{_BACK_S:g} s after connection {number} ended, no candle comes on a new one",
        "candles on a new connection",
        "run_forever() returns when the connection ends, and nobody calls it again",
    )  # fmt: skip


async def _topics(case: Case, interval: str) -> str:
    if await _until(lambda: _right(case, interval), _PONG_S):
        return ", ".join(case.world.mock.engine.hub.topics())
    engine = case.world.mock.engine
    case.fail(
        f"connection {engine.accepted} is subscribed to "
        f"{', '.join(engine.hub.topics()) or 'nothing'}",
        expected=f"{case.pair} {interval}, once",
        got="; ".join(e.text for e in case.world.journal.of("in", connection=engine.accepted)),
    )


async def _stops(case: Case, feed: RealFeed) -> str:
    engine, journal = case.world.mock.engine, case.world.journal
    # a stop in the middle of a handshake is a matter of its own, and of chance here
    await asyncio.sleep(_SETTLED_S)
    await feed.stop()
    case.did("The feed was stopped.")
    likely = "stop() ends the reader, but not the thread that reconnects"
    if not await _until(lambda: not engine.connections, _GONE_S):
        _fail(
            case, feed, f"{_GONE_S:g} s after stop() its connection is open still",
            "no connection", likely,
        )  # fmt: skip
    said, tried = len(feed.updates), len(journal.of("connect", "request", "refuse"))
    await asyncio.sleep(_STILL_S)
    if len(feed.updates) > said or len(journal.of("connect", "request", "refuse")) > tried:
        _fail(case, feed, "after stop() it goes on", "nothing more, ever", likely)
    return f"nothing for {_STILL_S:g} s after stop()"
