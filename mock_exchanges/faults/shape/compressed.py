"""Messages come compressed to clients that offer it."""

from __future__ import annotations

from typing import ClassVar, Literal

from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register

_HEADER, _EXTENSION = "sec-websocket-extensions", "permessage-deflate"


class Compressed(Fault):
    """All messages come compressed (RFC 7692), if the client offers that when it connects.

    Connections that are open already stay as they are, and so do those that were
    compressed when this is switched off: it is agreed once, in the handshake.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.shape.compressed:ActiveCompressed"

    fault: Literal["compressed"] = "compressed"

    def spoil_opening(self, work: ActiveFault, connection: Connection, now_ms: int) -> None:
        connection.compressed = True


class ActiveCompressed(ActiveFault):
    """Strikes only clients that offer to read it."""

    def on_opened(self, connection: Connection, now_ms: int) -> None:
        if _EXTENSION in connection.request.headers.get(_HEADER, ""):
            super().on_opened(connection, now_ms)
        elif self.means(connection):
            self.note(now_ms, f"does nothing: the client offers no {_EXTENSION}", connection.number)


register(Compressed)
