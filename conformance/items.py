"""The suite as pytest items: one a check, or one a check and interval."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.registry import Check
from conformance.report import text
from conformance.runner import Suite
from conformance.verdict import Result, Verdict


class Finding(Exception):
    """A result that fails its item."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.headline)
        self.result = result


class AdapterNode(pytest.Collector):
    """All checks of one adapter."""

    suite: Suite
    alone: bool
    told: dict[tuple[str, str, str], str]

    def collect(self) -> Iterator[CheckItem]:
        """Yield the items in the order of the catalogue."""
        for check, interval in self.suite.plan():
            name = f"{check.card.id}[{interval}]" if interval else check.card.id
            # the id whole, so that --lf knows it again: pytest would take [1m] for part of a name
            item = CheckItem.from_parent(self, name=name, nodeid=f"{self.nodeid}::{name}")
            item.check, item.interval = check, interval
            yield item


class CheckItem(pytest.Item):
    """One check; its result goes to the report, and to the end of the run."""

    check: Check
    interval: str | None
    result: Result | None = None

    def runtest(self) -> None:
        """Run the check."""
        assert isinstance(self.parent, AdapterNode)
        self.result = self.parent.suite.run(self.check, self.interval)
        self.result.again = text.again(self.result, self.config.getoption("exchange"))
        if self.result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(self.result.headline)
        if self.result.gates(self.config.getoption("conformance_strict")):
            raise Finding(self.result)

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
            code = self.check.function.__code__
            shown.reprcrash.path, shown.reprcrash.lineno = code.co_filename, code.co_firstlineno
            shown.reprcrash.message = result.headline
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
        return Path(self.check.function.__code__.co_filename), None, heading


def nodes(session: pytest.Session, suites: list[Suite]) -> Iterator[AdapterNode]:
    """Yield a node for each suite."""
    for suite in suites:
        path = suite.setting.adapter
        node: AdapterNode = AdapterNode.from_parent(session, name=path, nodeid=path)
        node.suite, node.alone, node.told = suite, len(suites) == 1, {}
        yield node
