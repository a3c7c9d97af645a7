"""Reading scenarios from files: TOML, YAML, JSON; errors say where, what, and what instead."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mock_exchanges.core.nearest import nearest
from mock_exchanges.faults import table
from mock_exchanges.scenario import lines
from mock_exchanges.scenario.edits import EDITS
from mock_exchanges.scenario.model import Scenario
from mock_exchanges.scenario.places import model_around, place, written

_SUFFIXES = {".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}


class BadScenario(ValueError):
    """A scenario that cannot be read; the message has one line for each error."""


def find(name: str) -> Scenario:
    """Return the scenario of a file, if ``name`` is one, else the ready one of that name.

    Raises BadScenario, or UnknownScenario with the nearest name.
    """
    # The library reads its files with this module.
    from mock_exchanges.scenario.catalogue import ready

    path = Path(name)
    return load(path) if path.suffix in _SUFFIXES or path.exists() else ready(name)


def load(path: Path) -> Scenario:
    """Read a scenario file by its suffix: .toml, .yaml, .yml, .json.

    Raises BadScenario.
    """
    form = _SUFFIXES.get(path.suffix)
    if form is None:
        raise BadScenario(f"{path}: suffix is {path.suffix!r}, expected {', '.join(_SUFFIXES)}")
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadScenario(f"{path}: cannot be read: {error}") from None
    scenario = loads(text, form, str(path))
    if scenario.replay is not None:
        return scenario.model_copy(update={"replay": str(path.parent / scenario.replay)})
    return scenario


def loads(text: str, form: str = "toml", where: str = "scenario") -> Scenario:
    """Read a scenario from text in a form: toml, yaml or json. Raises BadScenario."""
    data = _parsed(text, form, where)
    if not isinstance(data, Mapping):
        raise BadScenario(f"{where}: expected a table of fields, got {type(data).__name__}")
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        find_line = lines.finder(text, form)
        raise BadScenario("\n".join(_explained(error, data, where, find_line))) from None


def _parsed(text: str, form: str, where: str) -> Any:
    try:
        if form == "toml":
            return tomllib.loads(text)
        if form == "json":
            return json.loads(text)
        return _from_yaml(text, where)
    except json.JSONDecodeError as error:
        raise BadScenario(f"{where}:{error.lineno}: no JSON: {error.msg}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"{where}: no TOML: {error}") from None


def _from_yaml(text: str, where: str) -> Any:
    import yaml  # most scenarios are TOML

    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadScenario(f"{where}{line}: no YAML: {error.problem}") from None


def _explained(
    error: ValidationError,
    data: Any,
    where: str,
    find_line: Callable[[tuple[str | int, ...]], int | None],
) -> list[str]:
    """Return a line for each error: where, key, value, what was expected, the nearest name."""
    found: list[tuple[int, str]] = []
    for detail in error.errors():
        path = place(data, detail["loc"])
        line = find_line(path)
        key = written(path)
        value = detail["input"]
        said = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
        if detail["type"] == "extra_forbidden":
            fields = model_around(Scenario, data, path).model_fields
            said = f"is no field here{_near(str(path[-1]), fields)}"
        elif detail["type"] == "no_fault" or detail["type"].startswith("union_tag"):
            tag = "fault" if detail["type"] == "no_fault" else "edit"
            key = f"{key}.{tag}"
            line = find_line((*path, tag))
            given = value.get(tag) if isinstance(value, Mapping) else None
            said = _wrong_kind(tag, given)
        elif detail["type"] == "missing":
            said = "is missing"
        elif not isinstance(value, (Mapping, list)):
            said = f"is {json.dumps(value, default=str)}, {said}"
        at = f"{where}:{line}" if line else where
        found.append((line or 0, f"{at}: {key}: {said}"))
    return [text for _, text in sorted(found, key=lambda each: each[0])]


def _near(name: str, known: Collection[str]) -> str:
    near = nearest(name, list(known))
    hint = f"; did you mean {near!r}?" if near else ""
    return f"{hint} (known: {', '.join(known)})"


def _wrong_kind(tag: str, given: Any) -> str:
    known = list(table.faults()) if tag == "fault" else list(EDITS)
    if given is None:
        return f"is missing, expected one of {', '.join(known)}"
    return f"is {json.dumps(given, default=str)}, which is not known{_near(str(given), known)}"
