"""The candles stop while the connection looks well."""

from __future__ import annotations

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.base import NoFault, Scope


class MuteData(NoFault):
    """The client gets no more candles, while pings, pongs and answers go on.

    ``connection`` is the number of the connection, None for each; ``path`` part of
    the path and query string of its handshake. ``topic`` is part of the
    names of the streams that are withheld, by default of all. It is over when the fault is removed.
    """

    def __init__(
        self,
        *,
        connection: int | None = None,
        path: str = "",
        topic: str = "",
    ) -> None:
        self.scope = Scope(path=path, connection=connection)
        self._topic = topic

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self.scope.fits(connection):
            return actions
        return [
            action
            for action in actions
            if not (isinstance(action, Send) and action.topic and self._topic in action.topic)
        ]
