"""Facts about an exchange: a value, where it is written, when it was last known true.

A profile is a frozen dataclass whose fields are made with `fact`. Code reads plain
values (``profile.ping_every_ms``); documents and tests read the sources.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

Trust = Literal["documented", "recorded", "reported", "guess"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact is written down: a title, an address, the date it was last known true."""

    text: str
    checked: str
    trust: Trust


@dataclass(frozen=True, slots=True)
class Fact:
    """A named fact of a profile with its source, for documents and tests."""

    name: str
    value: Any
    source: Source


def fact(value: Any, source: str, *, checked: str, trust: Trust = "documented") -> Any:
    """Declare a profile field with its value and source.

    ``checked`` is an ISO date, ``trust`` says how the fact is known.
    """
    metadata = {"source": Source(source, checked, trust)}
    if isinstance(value, (dict, list, set)):
        return dataclasses.field(default_factory=lambda: value, metadata=metadata)
    return dataclasses.field(default=value, metadata=metadata)


def facts(profile: Any) -> Iterator[Fact]:
    """Yield the facts of a profile, in the order they are written."""
    for item in dataclasses.fields(profile):
        source = item.metadata.get("source")
        if source is not None:
            yield Fact(item.name, getattr(profile, item.name), source)


ProfileT = TypeVar("ProfileT")


def chosen(exchange: str, profiles: Mapping[str, ProfileT], date: str) -> ProfileT:
    """Return the profile of a date (ISO) or name.

    Raises ValueError for one that there is not, naming those that there are.
    """
    found = profiles.get(date)
    if found is None:
        known = ", ".join(sorted(profiles))
        raise ValueError(f"{exchange} has no profile {date!r} (known: {known})")
    return found
