"""Which faults there are, by name."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union

from pydantic import Field

from mock_exchanges.core.nearest import nearest

if TYPE_CHECKING:
    from mock_exchanges.faults.base import Fault

    FaultT = TypeVar("FaultT", bound=Fault)

_FAULTS: dict[str, type[Fault]] = {}

# The families, in the order in which they are told.
FAMILIES = ("connect", "end", "silence", "shape", "content", "pressure")


class UnknownFault(ValueError):
    """No fault of that name; the message names the nearest one."""


def register(fault: type[FaultT]) -> None:
    """Make a fault known by its name. Raises ValueError if the name is taken."""
    name = fault.kind()
    if _FAULTS.setdefault(name, fault) is not fault:
        raise ValueError(f"fault {name!r} is registered already, by {_FAULTS[name].__module__}")


def faults() -> Mapping[str, type[Fault]]:
    """Return all faults by name, in the order of the families, by name within."""
    order = sorted(
        _FAULTS.items(),
        key=lambda item: (
            FAMILIES.index(item[1].family()) if item[1].family() in FAMILIES else len(FAMILIES),
            item[0],
        ),
    )
    return MappingProxyType(dict(order))


def find(name: str) -> type[Fault]:
    """Return the fault of a name. Raises UnknownFault, naming the nearest."""
    found = _FAULTS.get(name)
    if found is None:
        near = nearest(name, list(_FAULTS))
        hint = f"; did you mean {near!r}?" if near else ""
        raise UnknownFault(f"fault is {name!r}, which is not known{hint}")
    return found


def complete(base: type[Fault]) -> Any:
    """Return the type of a fault of any kind, told by its name, for pydantic models.

    Called once all faults are registered; only then can faults hold others (`then`).
    """
    union: Any = Annotated[Union[tuple(_FAULTS.values())], Field(discriminator="fault")]
    # Each can hold all others, so pydantic's way through them is as deep as they are many.
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 1_000 + 100 * len(_FAULTS)))
    try:
        for model in (base, *_FAULTS.values()):
            model.model_rebuild(force=True, _types_namespace={"AnyFault": union})
    finally:
        sys.setrecursionlimit(limit)
    return union
