"""What faults share that strike before a client has said anything."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from mock_exchanges.faults.base import Fault


def without_scope(fault: Fault, names: tuple[str, ...], why: str) -> None:
    """Raise ValueError if one of these fields was set: the fault cannot heed it."""
    for name in names:
        value = getattr(fault, name)
        default = type(fault).model_fields[name].default
        if value != default:
            raise ValueError(f"{name} is {value!r}, expected {default!r}: {why}")


class BeforeWords(Fault):
    """Strikes a TCP connection or a TLS handshake, of which no path or number is known.

    ``after``, ``every`` and ``times`` count those.
    """

    @model_validator(mode="after")
    def _knows_no_words(self) -> Self:
        names = ("connection", "from_connection", "path", "stream")
        why = f"{self.fault!r} strikes before a client says what it wants; 'after' can count"
        without_scope(self, names, why)
        return self
