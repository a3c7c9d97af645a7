"""The suite as pytest items: one a check, or one a check and interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from conformance.known import Known
from conformance.registry import Check
from conformance.report import text
from conformance.runner import Suite
from conformance.session import Session
from conformance.smoke import smoke
from conformance.verdict import Result, Verdict, shortened

# characters of captured output that a report holds, of each kind
_SECTION = 20_000


class Finding(Exception):
    """A result that fails its item."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.headline)
        self.result = result


class AdapterNode(pytest.Collector):
    """All checks of one adapter."""

    suite: Suite
    known: Known | None
    # why no check can be run, asked only when it matters
    unfit: Callable[[], Result | None]
    alone: bool
    told: dict[tuple[str, str, str], str]

    def collect(self) -> Iterator[CheckItem | SmokeItem]:
        """Yield the items in the order of the catalogue; if the suite is unfit, that alone."""
        unfit = self.unfit()
        if unfit is not None:
            told = SmokeItem.from_parent(self, name=unfit.id, nodeid=f"{self.nodeid}::{unfit.id}")
            told.result = unfit
            yield told
            return
        for check, interval in self.suite.plan():
            name = f"{check.card.id}[{interval}]" if interval else check.card.id
            # the id whole, so that --lf knows it again: pytest would take [1m] for part of a name
            item = CheckItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}")
            item.check, item.interval = check, interval
            yield item


class ResultItem(pytest.Item):
    """What has a result, which goes to the report, and to the end of the run."""

    result: Result | None = None

    def add_report_section(self, when: str, key: str, content: str) -> None:
        """Add what was captured, cut to what a reader can use."""
        super().add_report_section(when, key, shortened(content, _SECTION))

    def conclude(self) -> None:
        """End as the result says."""
        result = self.result
        assert result is not None
        self.user_properties.extend(_properties(result))
        if result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(result.headline)
        if result.known is not None:
            pytest.xfail(f"known: {result.known}")
        if result.gates(self.config.getoption("conformance_strict")):
            raise Finding(result)

    @property
    def code(self) -> CodeType:
        """What a failure points at."""
        raise NotImplementedError

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the message of a finding; anything else is ours, with its traceback."""
        if not isinstance(excinfo.value, Finding):
            return super().repr_failure(excinfo)
        result = excinfo.value.result
        # pytest's own kind of representation: it travels between processes, and its one
        # line is what the short summary and JUnit's message attribute show
        shown: Any = excinfo.getrepr(style="native")
        shown.reprtraceback.reprentries[-1].lines[:] = [f"{self._told(result)}\n"]
        if shown.reprcrash is not None:
            code = self.code
            shown.reprcrash.path, shown.reprcrash.lineno = code.co_filename, code.co_firstlineno
            shown.reprcrash.message = text.oneliner(result)
        return shown

    def _told(self, result: Result) -> str:
        """Return the message; what another item has told in full is told in short."""
        if self.config.getoption("verbose") > 0:
            return text.message(result)
        if result.consequence_of:
            return text.brief(result)
        assert isinstance(self.parent, AdapterNode)
        first = self.parent.told.setdefault(text.kind(result), result.where)
        return text.message(result) if first == result.where else text.brief(result, first)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the check is written, and its name."""
        assert isinstance(self.parent, AdapterNode)
        heading = self.name if self.parent.alone else f"{self.parent.name} {self.name}"
        return Path(self.code.co_filename), None, heading


class CheckItem(ResultItem):
    """One check."""

    check: Check
    interval: str | None

    def runtest(self) -> None:
        """Run the check."""
        assert isinstance(self.parent, AdapterNode)
        result = self.parent.suite.run(self.check, self.interval)
        result.again = text.again(result, self.config.getoption("exchange"))
        if self.parent.known is not None:
            self.parent.known.apply(result)
        self.result = result
        self.conclude()

    @property
    def code(self) -> CodeType:
        """The check's function."""
        return self.check.function.__code__


class SmokeItem(ResultItem):
    """Stands for all checks of an adapter where the suite does not work."""

    def runtest(self) -> None:
        """Tell what was found."""
        assert self.result is not None
        again = text.again(self.result, self.config.getoption("exchange"))
        self.result.again = again.removesuffix(f" -k {self.result.id}")  # there is no such check
        self.conclude()

    @property
    def code(self) -> CodeType:
        """The smoke check."""
        return smoke.__code__


def _properties(result: Result) -> Iterator[tuple[str, str]]:
    """Yield what JUnit readers are told of a result, beside pass and failure."""
    for name, value in (
        ("check", result.id),
        ("verdict", result.verdict),
        ("severity", result.severity),
        ("exchange", result.exchange),
        ("interval", result.interval),
        ("headline", result.headline),
        ("consequence_of", result.consequence_of),
        ("known", result.known),
    ):
        if value:
            yield f"conformance.{name}", str(value)


def nodes(session: pytest.Session, run: Session) -> Iterator[AdapterNode]:
    """Yield a node for each suite."""
    known = None if session.config.getoption("runxfail") else run.known
    for suite in run.suites:
        path = suite.setting.adapter
        node: AdapterNode = AdapterNode.from_parent(session, name=path, nodeid=path)
        node.suite, node.alone, node.told = suite, len(run.suites) == 1, {}
        node.known, node.unfit = known, partial(run.unfit, suite)
        yield node
