"""Checks and their cards: registered together, or not at all."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from conformance.card import AREAS, BadCard, Card, cards
from conformance.case import Case

CheckFunction = Callable[[Case], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Check:
    """A card and the function that judges it."""

    card: Card
    function: CheckFunction


_CHECKS: dict[str, Check] = {}


def check(check_id: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register an async function of one `Case` as the check of a card.

    Raises BadCard at import if there is no such card, the id is taken, or the
    signature is wrong.
    """

    def register(function: CheckFunction) -> CheckFunction:
        card = cards().get(check_id)
        if card is None:
            near = difflib.get_close_matches(check_id, cards(), n=1)
            hint = f"; the nearest is {near[0]}" if near else ""
            raise BadCard(f"no card for check {check_id!r}{hint}")
        if check_id in _CHECKS:
            raise BadCard(f"check {check_id} is registered twice")
        if (
            not inspect.iscoroutinefunction(function)
            or len(inspect.signature(function).parameters) != 1
        ):
            raise BadCard(f"check {check_id} must be an async function of one Case")
        _CHECKS[check_id] = Check(card, function)
        return function

    return register


def checks() -> Iterator[Check]:
    """Yield all checks in the order of their cards."""
    for area in AREAS:
        import_module(f"conformance.checks.{area}")
    for check_id in cards():
        if check_id in _CHECKS:
            yield _CHECKS[check_id]


def get(check_id: str) -> Check:
    """Return a check by id."""
    return next(item for item in checks() if item.card.id == check_id)
