"""The ready scenarios: files of this package, named after what happened."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from mock_exchanges.core.nearest import nearest
from mock_exchanges.scenario.model import Scenario
from mock_exchanges.scenario.reading import loads

FOLDER = "ready"


class UnknownScenario(ValueError):
    """No ready scenario of that name; the message names the nearest one."""


@cache
def library() -> Mapping[str, Scenario]:
    """Return the ready scenarios by name, sorted."""
    folder = files(__package__) / FOLDER
    paths = sorted((each for each in folder.iterdir()), key=lambda each: each.name)
    return {
        path.name.removesuffix(".toml"): loads(path.read_text("utf-8"), "toml", path.name)
        for path in paths
        if path.name.endswith(".toml")
    }


def ready(name: str) -> Scenario:
    """Return a ready scenario. Raises UnknownScenario, naming the nearest."""
    found = library().get(name)
    if found is None:
        near = nearest(name, list(library()))
        hint = f"; did you mean {near!r}?" if near else ""
        raise UnknownScenario(
            f"scenario is {name!r}, which is neither a file nor a ready one{hint} "
            f"(ready: {', '.join(library())})"
        )
    return found
