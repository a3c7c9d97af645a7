"""What all faults share: letting everything pass, and a scope."""

from __future__ import annotations

from dataclasses import dataclass

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.http import Request, Response


class NoFault:
    """Nothing goes wrong: everything passes. Faults override what they spoil."""

    def on_request(self, request: Request, now_ms: int) -> Response | None:
        """Let the exchange answer."""
        return None

    def on_connect(self, request: Request, now_ms: int) -> Response | None:
        """Let the exchange decide."""
        return None

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        """Send what the exchange says."""
        return actions


@dataclass(slots=True)
class Scope:
    """What a fault applies to; without limits, everything.

    ``path`` is part of the path and query string (as sent), ``connection`` the
    number of a WebSocket connection in order of handshakes from 1, and ``times``
    how often the fault strikes before it is over.
    """

    path: str = ""
    connection: int | None = None
    times: int | None = None
    struck: int = 0

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"times is {self.times}, expected 1 or more, or None for always")
        if self.connection is not None and self.connection < 1:
            raise ValueError(f"connection is {self.connection}, expected 1 or more, or None")

    @property
    def over(self) -> bool:
        """Whether the fault struck as often as it was to."""
        return self.times is not None and self.struck >= self.times

    def fits_request(self, request: Request) -> bool:
        """Return whether a request or handshake is meant."""
        return not self.over and self.path in request.target

    def fits(self, connection: Connection) -> bool:
        """Return whether a connection is meant."""
        number = self.connection
        return (number is None or connection.number == number) and self.fits_request(
            connection.request
        )

    def strike(self) -> None:
        """Count one blow."""
        self.struck += 1
