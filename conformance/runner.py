"""Runs checks and returns results. Knows nothing of pytest."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Sequence

from conformance import clock
from conformance.card import Card
from conformance.case import WIRE_LINES, Case
from conformance.patience import Hanging, patience
from conformance.realtime import STAGES, RealSession
from conformance.registry import Check, checks, get
from conformance.setting import Setting, Trust
from conformance.subject import AdapterRaised, NoWebSocket
from conformance.timeline import timeline
from conformance.verdict import Outcome, Result, Severity, Verdict
from conformance.world import World


class Suite:
    """The checks of one setting. Roots of consequences are judged once and remembered."""

    def __init__(self, setting: Setting, trust: Trust) -> None:
        self.setting = setting
        self._trust = trust
        self._roots: dict[str, bool] = {}
        self._intervals: tuple[list[str], list[str]] | None = None
        self._session: RealSession | None = None

    def plan(self) -> list[tuple[Check, str | None]]:
        """Return the checks to run: (check, interval or None), in catalogue order."""
        return [
            (item, interval)
            for item in checks()
            if self.setting.judged in item.card.judges
            for interval in self._asked(item.card)
        ]

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

    def _asked(self, card: Card) -> Sequence[str | None]:
        """Return the intervals that a check is asked for; None where it is asked for once."""
        if card.per == "adapter" or self.setting.judged != "adapter":
            return [None]
        if self._intervals is None:
            self._intervals = self._ask()
        supported, streamed = self._intervals
        if card.per == "interval":
            return [*dict.fromkeys((*supported, *streamed))] or [None]
        return streamed or [None]

    def _ask(self) -> tuple[list[str], list[str]]:
        """Return the intervals an adapter supports, and those it streams, as it orders them."""
        supported: list[str] = []
        streamed: list[str] = []

        async def ask() -> None:
            async with World(self.setting, self._trust) as world:
                subject = await world.subject()
                with contextlib.suppress(AdapterRaised, TypeError):
                    names = await subject.intervals()
                    supported.extend(dict.fromkeys(k for k in names if isinstance(k, str)))
                with contextlib.suppress(AdapterRaised, NoWebSocket):
                    streamed.extend(dict.fromkeys(await subject.streamed()))

        # what is wrong with them, the checks will say
        with contextlib.suppress(Exception, Hanging), patience(self.setting.patience_s):
            clock.run(ask, epoch_ms=self.setting.epoch_ms)
        return supported, streamed

    def _root_of(self, card: Card) -> str | None:
        """Return the first check this one depends on that fails too, in any interval."""
        for root in card.depends:
            if self.setting.judged not in get(root).card.judges:
                continue
            if root not in self._roots:
                check = get(root)
                self._roots[root] = any(
                    self._judge(check, interval).verdict in (Verdict.FAIL, Verdict.LOOSE)
                    for interval in self._asked(check.card)
                )
            if self._roots[root]:
                return root
        return None

    def _judge(self, check: Check, interval: str | None) -> Result:
        card = check.card
        result = Result(
            card.id, Verdict.PASS, card.severity, card.title, self.setting.adapter,
            self.setting.exchange, self.setting.seed, interval,
            judged=self.setting.judged,
            again=f"pytest --{self.setting.judged} {self.setting.adapter} -k {card.id}",
        )  # fmt: skip
        if self.setting.real_time:
            return self._in_real_time(result)
        started = self.setting.epoch_ms
        holder: list[tuple[World, Case]] = []

        async def live() -> None:
            async with World(self.setting, self._trust) as world:
                subject = await world.subject() if self.setting.judged == "adapter" else None
                case = Case(card, world, subject, interval)
                holder.append((world, case))
                try:
                    await check.function(case)
                finally:
                    result.virtual_seconds = (world.now_ms() - started) / 1000

        try:
            with patience(self.setting.patience_s):
                clock.run(live, epoch_ms=started)
        except Outcome as outcome:
            self._conclude(result, outcome)
        except NoWebSocket as reason:
            result.verdict, result.headline = Verdict.NOT_APPLICABLE, str(reason)
        except AdapterRaised as raised:
            self._broken(result, str(raised), raised.trail, holder)
        except (clock.Stuck, clock.Spinning, clock.JumpBudget, Hanging) as hang:
            what = str(hang) or f"it gave no sign for {self.setting.patience_s:g} real seconds"
            self._broken(result, f"the {self.setting.judged} hangs: {what}", "", holder)
        except RuntimeError as error:
            if str(error) != "Event loop stopped before Future completed.":
                self._our_fault(result, error)
            else:
                self._broken(
                    result, f"the {self.setting.judged} stopped the event loop", "", holder
                )
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

    def _in_real_time(self, result: Result) -> Result:
        """Judge a feed that cannot live on virtual time by its one session in real time."""
        if result.id not in STAGES:
            result.verdict = Verdict.NOT_APPLICABLE
            result.headline = (
                f"the feed cannot live on virtual time ({self.setting.real_time}), and a run in "
                "real time is shortened"
            )
            return result
        self._session = self._session or RealSession(self.setting, self._trust)
        try:
            outcome, seen, case = self._session.outcome(result.id)
        except Hanging:
            self._broken(result, "the feed hangs: it stops the event loop", "", [])
            return result
        except Exception as error:
            self._our_fault(result, error)
            return result
        result.witnessed = (f"in real time: {seen}",) if seen else ()
        if case is not None:
            result.sources = self._sources(get(result.id).card, case.world)
        if outcome is not None:
            self._conclude(result, outcome)
            if outcome.verdict is Verdict.FAIL and result.severity is Severity.SHOULD:
                result.verdict = Verdict.LOOSE
            if case is not None and not result.wire and outcome.verdict is Verdict.FAIL:
                result.wire = self._wire(case.world, case, case.world.mock._origin_ms)
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
        entries = list(journal) if journal is not None else []
        notes = [note for feed in case.watching for note in feed.notes]
        return timeline(entries, notes, origin_ms, WIRE_LINES)

    def _sources(self, card: Card, world: World) -> tuple[str, ...]:
        own = world.samples.rule(card.id)
        return (own, *card.sources) if own else card.sources
