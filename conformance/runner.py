"""Runs checks and returns results. Knows nothing of pytest."""

from __future__ import annotations

import contextlib
import signal
import threading
import traceback
from collections.abc import Iterator

from conformance import clock
from conformance.card import Card
from conformance.case import WIRE_LINES, Case
from conformance.registry import Check, checks, get
from conformance.setting import Setting, Trust
from conformance.subject import AdapterRaised, NoWebSocket
from conformance.verdict import Outcome, Result, Severity, Verdict
from conformance.world import World


class _HangingAdapter(BaseException):
    """Real time ran out inside a check; not an Exception, so that adapters do not eat it."""


@contextlib.contextmanager
def _patience(seconds: float) -> Iterator[None]:
    """Cut off what spins without ever giving the loop a turn, where the platform can."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def ring(*_: object) -> None:
        raise _HangingAdapter

    previous = signal.signal(signal.SIGALRM, ring)
    # again every second: the first may hit a task whose end nobody waits for
    before = signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, previous)


class Suite:
    """The checks of one setting. Roots of consequences are judged once and remembered."""

    def __init__(self, setting: Setting, trust: Trust) -> None:
        self.setting = setting
        self._trust = trust
        self._roots: dict[str, bool] = {}
        self._named: list[str] | None = None

    def plan(self) -> list[tuple[Check, str | None]]:
        """Return the checks to run: (check, interval or None), in catalogue order."""
        intervals = self._intervals()
        planned: list[tuple[Check, str | None]] = []
        for item in checks():
            if item.card.per == "interval":
                planned.extend((item, interval) for interval in intervals)
            else:
                planned.append((item, None))
        return planned

    def run(self, check: Check, interval: str | None = None) -> Result:
        """Run one check in a world of its own."""
        result = self._judge(check, interval)
        if result.verdict in (Verdict.FAIL, Verdict.LOOSE, Verdict.NOT_EXERCISED):
            told = result.consequence_of
            root = self._root_of(get(told).card if told else check.card)
            result.consequence_of = root or told
        return result

    def run_all(self) -> list[Result]:
        """Run everything that is planned."""
        return [self.run(check, interval) for check, interval in self.plan()]

    def _intervals(self) -> list[str]:
        """Return the intervals an adapter speaks of, streamed or not, as it orders them."""
        if self._named is None:
            self._named = self._ask_intervals()
        return self._named

    def _ask_intervals(self) -> list[str]:

        async def ask() -> list[str]:
            async with World(self.setting, self._trust) as world:
                subject = await world.subject()
                named: dict[str, None] = {}
                with contextlib.suppress(AdapterRaised, TypeError):
                    named.update(
                        dict.fromkeys(k for k in await subject.intervals() if isinstance(k, str))
                    )
                with contextlib.suppress(AdapterRaised, NoWebSocket):
                    named.update(dict.fromkeys(await subject.streamed()))
                return list(named)

        try:
            with _patience(self.setting.patience_s):
                found = clock.run(ask, epoch_ms=self.setting.epoch_ms)
        except (Exception, _HangingAdapter):
            return ["1m"]  # the checks will say what is wrong
        return found or ["1m"]

    def _root_of(self, card: Card) -> str | None:
        """Return the first check this one depends on that fails too, in any interval."""
        for root in card.depends:
            if root not in self._roots:
                check = get(root)
                intervals: list[str | None] = (
                    list(self._intervals()) if check.card.per == "interval" else [None]
                )
                self._roots[root] = any(
                    self._judge(check, interval).verdict in (Verdict.FAIL, Verdict.LOOSE)
                    for interval in intervals
                )
            if self._roots[root]:
                return root
        return None

    def _judge(self, check: Check, interval: str | None) -> Result:
        card = check.card
        result = Result(
            card.id, Verdict.PASS, card.severity, card.title, self.setting.adapter,
            self.setting.exchange, self.setting.seed, interval,
            again=f"pytest --adapter {self.setting.adapter} -k {card.id}",
        )  # fmt: skip
        started = self.setting.epoch_ms
        holder: list[tuple[World, Case]] = []

        async def live() -> None:
            async with World(self.setting, self._trust) as world:
                case = Case(card, world, await world.subject(), interval)
                holder.append((world, case))
                try:
                    await check.function(case)
                finally:
                    result.virtual_seconds = (world.now_ms() - started) / 1000

        try:
            with _patience(self.setting.patience_s):
                clock.run(live, epoch_ms=started)
        except Outcome as outcome:
            self._conclude(result, outcome)
        except NoWebSocket as reason:
            result.verdict, result.headline = Verdict.NOT_APPLICABLE, str(reason)
        except AdapterRaised as raised:
            self._broken(result, str(raised), raised.trail, holder)
        except (clock.Stuck, clock.Spinning, clock.JumpBudget, _HangingAdapter) as hang:
            what = str(hang) or f"it gave no sign for {self.setting.patience_s:g} real seconds"
            self._broken(result, f"the adapter hangs: {what}", "", holder)
        except RuntimeError as error:
            if str(error) != "Event loop stopped before Future completed.":
                self._our_fault(result, error)
            else:
                self._broken(result, "the adapter stopped the event loop", "", holder)
        except Exception as error:
            self._our_fault(result, error)
        if holder:
            world, case = holder[0]
            result.witnessed = tuple(case.witnessed)
            if result.verdict is Verdict.PASS and not case.witnessed:
                result.verdict = Verdict.NOT_EXERCISED
                result.headline = "nothing happened that could be judged"
            if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
                result.happened = result.happened or case.happened
                result.wire = result.wire or self._wire(world, case, started)
            result.sources = self._sources(card, world)
        return result

    def _conclude(self, result: Result, outcome: Outcome) -> None:
        for name in ("verdict", "headline", "happened", "expected", "got", "rows", "likely"):
            setattr(result, name, getattr(outcome, name))
        result.wire = outcome.wire or ()
        result.consequence_of = outcome.consequence_of

    def _our_fault(self, result: Result, error: Exception) -> None:
        result.verdict = Verdict.HARNESS_ERROR
        result.headline = f"the suite or the mock is at fault: {type(error).__name__}: {error}"
        result.got = "".join(traceback.format_exception(error))

    def _broken(
        self, result: Result, headline: str, got: str, holder: list[tuple[World, Case]]
    ) -> None:
        """The adapter raised or hung where it should have answered."""
        should = result.severity is Severity.SHOULD
        result.verdict = Verdict.LOOSE if should else Verdict.FAIL
        result.headline, result.got = headline, got
        if holder:
            result.happened = holder[0][1].happened

    def _wire(self, world: World, case: Case, origin_ms: int) -> tuple[str, ...]:
        if case.frames:
            return tuple(f"→ parse_ws_message {text}" for text in case.frames[-WIRE_LINES:])
        journal = world.journal if len(world.journal) else world.probed
        entries = list(journal)[-WIRE_LINES:] if journal is not None else []
        return tuple(entry.line(origin_ms) for entry in entries)

    def _sources(self, card: Card, world: World) -> tuple[str, ...]:
        own = world.samples.rule(card.id)
        return (own, *card.sources) if own else card.sources
