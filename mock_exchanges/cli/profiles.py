"""``mock-exchanges profiles``: how exchanges were at a date, what differs, on whose word."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_exchanges import registry
from mock_exchanges.cli.arguments import Misuse, ProfilesArguments
from mock_exchanges.core.fact_table import shown
from mock_exchanges.core.facts import Fact, facts


@dataclass(frozen=True, slots=True)
class Known:
    """One profile: what to ask for, its date or name, its facts.

    ``differs`` is each fact that the default has otherwise, with the default's value.
    """

    spec: str
    date: str
    usual: bool
    facts: tuple[Fact, ...]
    differs: tuple[tuple[Fact, str], ...]


def profiles(arguments: ProfilesArguments) -> None:
    """Print the profiles of exchanges. Raises Misuse for a name or date that is not known."""
    known = [_known(spec) for spec in arguments.exchanges] or list(_all())
    if arguments.json:
        rows = [_as_data(each) for found in known for each in found]
        text = json.dumps(rows, ensure_ascii=False) + "\n"
    else:
        text = "\n".join("".join(map(_as_text, found)) for found in known)
    sys.stdout.write(text)


def _all() -> Iterator[list[Known]]:
    """Yield every exchange's profiles; one of another package that is broken is passed over."""
    for name in registry.names():
        try:
            yield _known(name)
        except Misuse as misuse:
            sys.stderr.write(f"mock-exchanges: {misuse}\n")


def _known(spec: str) -> list[Known]:
    """Return the profiles of an exchange, the default first; of ``NAME@DATE`` that one."""
    name, _, date = spec.partition("@")
    try:
        usual = registry.create(name).profile
        found = {date: registry.create(spec).profile} if date else _beside(usual)
    except ValueError as error:
        raise Misuse(str(error)) from None
    except (ImportError, AttributeError) as error:
        raise Misuse(f"exchange {name!r} cannot be made: {error}") from None
    default = {item.name: item for item in _facts(usual)}
    known = []
    for key, made in found.items():
        differs = tuple(
            (item, value(default[item.name]) if item.name in default else "nothing")
            for item in _facts(made)
            if item.name not in default or item.value != default[item.name].value
        )
        is_usual = made == usual
        spec = name if is_usual else f"{name}@{key}"
        known.append(Known(spec, key, is_usual, tuple(_facts(made)), differs))
    return known


def _beside(usual: Any) -> dict[str, Any]:
    """Return the profiles of an exchange, given the default one, which comes first.

    They are `PROFILES` of the module that defines the profile's class. An exchange
    without it has one profile.
    """
    found = getattr(sys.modules.get(type(usual).__module__), "PROFILES", None)
    others = found if isinstance(found, Mapping) else {}
    dates = sorted((key for key, made in others.items() if made != usual), reverse=True)
    own = next((key for key, made in others.items() if made == usual), "")
    return {own or getattr(usual, "date", ""): usual, **{key: others[key] for key in dates}}


def _facts(profile: Any) -> list[Fact]:
    return list(facts(profile)) if dataclasses.is_dataclass(profile) else []


def value(item: Fact) -> str:
    """Return a fact's value for a reader at a terminal."""
    return shown(item.name, item.value).replace("`", "").replace("\\|", "|")


def _as_text(known: Known) -> str:
    if known.usual:
        date = f", {known.spec}@{known.date}" if known.date else ""
        trust = Counter(item.source.trust for item in known.facts)
        said = ", ".join(f"{n} {word}" for word, n in trust.most_common())
        return f"{known.spec}\n  the default{date}; facts: {said or 'none are told'}\n"
    count = f"{len(known.differs)} of {len(known.facts)}"
    lines = [known.spec, f"  differs from the default in {count} facts"]
    for item, before in known.differs:
        source = item.source
        lines.append(f"  {item.name} is {value(item)}, by default {before}")
        lines.append(f"    {source.trust}, known true {source.checked}: {source.text}")
    return "".join(f"{line}\n" for line in lines)


def _as_data(known: Known) -> dict[str, Any]:
    differs = [
        {
            "fact": item.name,
            "value": value(item),
            "default": before,
            "trust": item.source.trust,
            "checked": item.source.checked,
            "source": item.source.text,
        }
        for item, before in known.differs
    ]
    return {
        "exchange": known.spec,
        "date": known.date,
        "default": known.usual,
        "facts": len(known.facts),
        "differs": differs,
    }
