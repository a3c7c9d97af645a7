"""Where in a document an error of pydantic's lies, and which model that part is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from mock_exchanges.faults.table import UnknownFault, find
from mock_exchanges.scenario.edits import EDITS

Place = tuple[str | int, ...]


def place(data: Any, loc: Place) -> Place:
    """Return an error's place in the data: without the names of kinds, which pydantic adds."""
    path: list[str | int] = []
    around = data
    for position, part in enumerate(loc):
        try:
            around = around[part]
        except (KeyError, IndexError, TypeError):
            if position < len(loc) - 1:
                continue
        path.append(part)
    return tuple(path)


def written(path: Place) -> str:
    """Return a place as a reader writes it: ``faults[0].then[1].code``."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def model_around(whole: type[BaseModel], data: Any, path: Place) -> type[BaseModel]:
    """Return the model of the table around a key: a fault's, an edit's, or that of the whole."""
    around = data
    for part in path[:-1]:
        around = around[part]
    if not isinstance(around, Mapping):
        return whole
    try:
        if "fault" in around:
            return find(str(around["fault"]))
    except UnknownFault:
        return whole
    return EDITS.get(str(around.get("edit")), whole)
