"""Runs checks and returns results. Knows nothing of pytest."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Sequence

from conformance import clock
from conformance.card import Card
from conformance.case import WIRE_LINES, Case
from conformance.patience import Hanging, bury, patience
from conformance.process.blame import is_subjects
from conformance.process.hosted import hosted
from conformance.process.keeping import Changes
from conformance.process.values import Level
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
        with hosted():
            try:
                with patience(self.setting.patience_s, f"{self._who} asked for its intervals"):
                    clock.run(ask, epoch_ms=self.setting.epoch_ms)
            except BaseException as error:
                if not isinstance(error, Hanging) and not is_subjects(error):
                    raise
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
        worlds: list[World] = []

        async def live() -> None:
            world = World(self.setting, self._trust)
            worlds.append(world)
            async with world:
                subject = await world.subject() if self.setting.judged == "adapter" else None
                case = Case(card, world, subject, interval)
                holder.append((world, case))
                try:
                    await check.function(case)
                finally:
                    result.virtual_seconds = (world.now_ms() - started) / 1000

        def run() -> None:
            try:
                who = f"{self._who} in {result.where}"
                with patience(self.setting.patience_s, who, progress=_jumps):
                    clock.run(live, epoch_ms=started)
            finally:
                for world in worlds:
                    world.leave()

        with hosted() as changes:
            if self._hold(result, run, holder):
                bury(f"{self._who} in {result.where}")
        if holder and holder[0][1].afterwards is not None and result.verdict is Verdict.PASS:
            try:
                holder[0][1].afterwards(changes)
            except Outcome as outcome:
                self._conclude(result, outcome)
        self._blame(result, changes)
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
        result.shorten()
        return result

    @property
    def _who(self) -> str:
        return f"the {self.setting.judged} {self.setting.adapter}"

    def _hold(
        self, result: Result, run: Callable[[], None], holder: list[tuple[World, Case]]
    ) -> bool:
        """Run a check and take down how it ends; return whether it was cut off."""
        judged = self.setting.judged
        try:
            run()
        except Outcome as outcome:
            self._conclude(result, outcome)
        except NoWebSocket as reason:
            result.verdict, result.headline = Verdict.NOT_APPLICABLE, str(reason)
        except AdapterRaised as raised:
            self._broken(result, str(raised), raised.trail, holder)
        except Hanging as hang:
            what = f"it gave no sign for {self.setting.patience_s:g} real seconds"
            running = holder[0][1].running if holder else []
            method = hang.method or (running[-1] if running else "")
            where = f", in {method}" if method else ""
            self._broken(result, f"the {judged} hangs: {what}{where}", hang.trail, holder)
            return True
        except (clock.Stuck, clock.Spinning, clock.JumpBudget) as hang:
            self._broken(result, f"the {judged} hangs: {hang}", "", holder)
            return True
        except RuntimeError as error:
            if str(error) != "Event loop stopped before Future completed.":
                self._our_fault(result, error)
            else:
                self._broken(result, f"the {judged} stopped the event loop", "", holder)
        except Exception as error:
            self._our_fault(result, error)
        except asyncio.CancelledError:
            what = f"the {judged} cancels tasks that are not its own"
            self._broken(result, what, "", holder)
        except BaseException as error:
            if not is_subjects(error):
                raise
            self._ends_the_host(result, error)
            return True
        return False

    def _ends_the_host(self, result: Result, error: BaseException) -> None:
        """The subject raised in a task of its own what no loop holds back."""
        raised = AdapterRaised(f"a task of the {self.setting.judged}", error)
        self._broken(result, f"{raised}, which ends the host's program", raised.trail, [])

    def _blame(self, result: Result, changes: Changes) -> None:
        """Tell what of the process was changed, where a check did not end well."""
        grave = changes.of(Level.BREAKS) or changes.of(Level.SHARED)
        what = ", ".join(dict.fromkeys(each.what for each in grave[:5]))
        if not grave or result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INFO):
            return
        if result.verdict is Verdict.HARNESS_ERROR:
            why = result.headline.removeprefix("the suite or the mock is at fault: ")
            headline = f"the {self.setting.judged} changed {what}; nothing works after that: {why}"
            self._broken(result, headline, result.got, [])
        elif not result.likely:
            result.likely = f"it changed {what}, which all of the process shares"

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
        except Exception as error:
            self._our_fault(result, error)
            return result
        except BaseException as error:
            if not is_subjects(error):
                raise
            self._ends_the_host(result, error)
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
        result.shorten()
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


def _jumps() -> int:
    """Return how often virtual time has moved on in the run; 0 once it winds up."""
    loop = clock.current()
    return 0 if loop is None or loop.winds_up else loop.jumps
