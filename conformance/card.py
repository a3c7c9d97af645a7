"""Cards: what each check asserts, on whose word, and which defect proves it. Data."""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from conformance.verdict import Severity

# the areas of the catalogue, in the order in which an author wants to read them
AREAS = (
    "load", "url", "token", "login", "pair", "payload", "interval", "parse", "rest", "page",
    "field", "align", "final", "order",
    "heartbeat", "stall", "reconnect", "gap", "fallback", "subscribe", "limit", "burst", "life",
    "process",
)  # fmt: skip

# a day of exchange time, which costs as much as half of all other checks
DEAREST = "LIFE-04"

# what a check is asked for: once, for each interval, for each streamed interval
PER = ("adapter", "interval", "streamed")

# whom a check can judge: a passive adapter in our driver, a feed that connects by itself
JUDGES = ("adapter", "feed")

# a mirror, in which the same is legal, has the id of its check with a Q
_ID = re.compile(r"^[A-Z]+-[A-Z]?\d+Q?$")
_KEYS = {
    "id", "title", "severity", "per", "rule", "accepts", "sources", "depends", "defect", "disputes",
    "judges", "mirror",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """What a check asserts, and on whose word.

    ``per`` says what it is asked for: the adapter, each interval, each streamed interval;
    ``judges`` whom it can judge. ``mirror`` is the check in which the same is legal.
    """

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
    judges: tuple[str, ...] = ("adapter",)
    mirror: str = ""

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
    if data.get("per", "adapter") not in PER:
        raise BadCard(
            f"{where}: per of {data['id']} is {data['per']!r}, expected {' or '.join(PER)}"
        )
    judges = data.get("judges", ["adapter"])
    if not judges or not set(judges) <= set(JUDGES):
        raise BadCard(
            f"{where}: judges of {data['id']} is {judges!r}, expected some of {', '.join(JUDGES)}"
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
        for other in (*card.depends, *filter(None, [card.mirror])):
            if other not in found:
                raise BadCard(f"card {card.id} depends on {other!r}, which has no card")
    return found
