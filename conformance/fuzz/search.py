"""Looking for a session that goes wrong, and for the shortest one that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.strategies import SearchStrategy

from conformance.fuzz.play import judge
from conformance.fuzz.scripts import scenario, scripts, toml
from conformance.runner import Suite
from conformance.verdict import Result, Verdict
from mock_exchanges.core.market import Market
from mock_exchanges.faults import Fault
from mock_exchanges.registry import create
from mock_exchanges.scenario.model import Scenario

__all__ = ["Found", "search", "simplest"]

T = TypeVar("T")

_WRONG = (Verdict.FAIL, Verdict.LOOSE, Verdict.HARNESS_ERROR)


@dataclass(frozen=True, slots=True)
class Found:
    """The shortest script found that fails, and how it does."""

    scenario: Scenario
    result: Result
    # how many sessions were held, those of shrinking too
    sessions: int


class _Wrong(Exception):
    """An example went wrong."""


def search(
    suite: Suite, examples: int, seed: int = 1, each: Callable[[int], object] = lambda number: None
) -> Found | None:
    """Hold random sessions until one goes wrong; return it at its shortest, or None.

    Equal suites and seeds give equal answers. ``each`` is called with the number of the
    session that begins.
    """
    exchange = create(suite.setting.exchange, Market(suite.setting.seed))
    found = simplest(
        scripts(exchange),
        lambda script: toml(_named(script, seed, "")),
        lambda script: judge(suite, _named(script, seed, "")),
        examples,
        seed,
        each,
    )
    if found is None:
        return None
    script, result, count = found
    return Found(_named(script, seed, result.headline), result, count)


def simplest(
    strategy: SearchStrategy[T],
    key: Callable[[T], str],
    judged: Callable[[T], Result],
    examples: int,
    seed: int,
    each: Callable[[int], object] = lambda number: None,
) -> tuple[T, Result, int] | None:
    """Draw examples until one is judged wrong; return the simplest such, or None.

    Returns the example, its result, and how many were judged. ``key`` tells examples apart.
    """
    known: dict[str, Result] = {}
    wrong: list[tuple[T, Result]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples, database=None, deadline=None, verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False, print_blob=False,
    )  # fmt: skip
    @hypothesis.given(strategy)
    def attempt(example: T) -> None:
        name = key(example)
        if name not in known:
            each(len(known) + 1)
            known[name] = judged(example)
        if known[name].verdict in _WRONG:
            wrong.append((example, known[name]))
            raise _Wrong

    try:
        attempt()
    except _Wrong:
        # hypothesis ends with the simplest
        return (*wrong[-1], len(known))
    return None


def _named(script: list[Fault], seed: int, about: str) -> Scenario:
    return scenario(script, "fuzz", about, seed)
