"""Checks and their cards: registered together, or not at all."""

from __future__ import annotations

import difflib
import inspect
import re
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from typing import TYPE_CHECKING, Any

from conformance.verdict import Severity

if TYPE_CHECKING:
    from conformance.case import Case

CheckFunction = Callable[["Case"], Awaitable[None]]

# the areas of the catalogue, in the order in which an author wants to read them
AREAS = ("load", "url", "pair", "payload", "interval", "parse", "rest", "live")

_ID = re.compile(r"^[A-Z]+-[A-Z]?\d+$")
_KEYS = {
    "id", "title", "severity", "per", "rule", "accepts", "sources", "depends", "defect", "disputes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """What a check asserts, and on whose word. ``per`` is "adapter" or "interval"."""

    id: str
    title: str
    severity: Severity
    rule: str
    accepts: tuple[str, ...]
    sources: tuple[str, ...]
    defect: str
    per: str = "adapter"
    depends: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()

    @property
    def area(self) -> str:
        """The family, ``PARSE`` of ``PARSE-01``."""
        return self.id.partition("-")[0]


class BadCard(ValueError):
    """A card or its registration is wrong; the message names card, key and value."""


def _card(data: dict[str, Any], where: str) -> Card:
    for key in data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise BadCard(f"{where}: card {data.get('id')!r} has the unknown key {key!r}{hint}")
    for key in ("id", "title", "severity", "rule", "accepts", "sources", "defect"):
        if not data.get(key):
            raise BadCard(f"{where}: card {data.get('id')!r} has no {key!r}")
    if not _ID.match(data["id"]):
        raise BadCard(f"{where}: card id is {data['id']!r}, expected FAMILY-NN")
    if data.get("per", "adapter") not in ("adapter", "interval"):
        raise BadCard(
            f"{where}: per of {data['id']} is {data['per']!r}, expected adapter, interval"
        )
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    try:
        fields["severity"] = Severity(fields["severity"])
    except ValueError:
        raise BadCard(
            f"{where}: severity of {data['id']} is {data['severity']!r}, "
            "expected must, should or info"
        ) from None
    return Card(**fields)


@cache
def cards() -> dict[str, Card]:
    """Return all cards by id, in the order of the catalogue."""
    found: dict[str, Card] = {}
    folder = resources.files("conformance") / "cards"
    for area in AREAS:
        file = folder / f"{area}.toml"
        for data in tomllib.loads(file.read_text("utf-8"))["card"]:
            card = _card(data, file.name)
            if card.id in found:
                raise BadCard(f"{file.name}: card {card.id} is written twice")
            found[card.id] = card
    for card in found.values():
        for other in card.depends:
            if other not in found:
                raise BadCard(f"card {card.id} depends on {other!r}, which has no card")
    return found


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
