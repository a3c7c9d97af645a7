"""The suite as pytest items: one a check, or one a check and interval."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.registry import Check
from conformance.report.text import message
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

    def collect(self) -> Iterator[CheckItem]:
        """Yield the items in the order of the catalogue."""
        for check, interval in self.suite.plan():
            name = f"{check.card.id}[{interval}]" if interval else check.card.id
            item = CheckItem.from_parent(self, name=name)
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
        if self.result.verdict is Verdict.NOT_APPLICABLE:
            pytest.skip(self.result.headline)
        if self.result.gates(self.config.getoption("conformance_strict")):
            raise Finding(self.result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the message of a finding; anything else is ours, with its traceback."""
        if isinstance(excinfo.value, Finding):
            return message(excinfo.value.result)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the check is written, and its name."""
        return Path(self.check.function.__code__.co_filename), None, self.name


def nodes(session: pytest.Session, suites: list[Suite]) -> Iterator[AdapterNode]:
    """Yield a node for each suite."""
    for suite in suites:
        path = suite.setting.adapter
        node: AdapterNode = AdapterNode.from_parent(session, name=path, nodeid=path)
        node.suite = suite
        yield node
