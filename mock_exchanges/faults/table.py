"""Which faults there are, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field
from pydantic_core import PydanticCustomError

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


def read(data: Any) -> Any:
    """Return the fault that data describes; what is no data passes as it is.

    Raises pydantic's errors, which keep their place in a larger document; that of a name
    that is not known has the type ``no_fault``.
    """
    if not isinstance(data, Mapping):
        return data
    name = data.get("fault")
    if name is None:
        raise PydanticCustomError("no_fault", "is missing, expected the name of a fault")
    try:
        kind = find(str(name))
    except UnknownFault as error:
        said = str(error).removeprefix("fault ").replace("{", "{{").replace("}", "}}")
        raise PydanticCustomError("no_fault", said) from None
    return kind.model_validate(dict(data))


@cache
def union() -> Any:
    """Return the type of all faults, told apart by their names, for descriptions of them.

    Models hold `AnyFault` instead: pydantic is long about a union of so many.
    """
    kinds: Any = reduce(or_, _FAULTS.values())
    return Annotated[kinds, Field(discriminator="fault")]
