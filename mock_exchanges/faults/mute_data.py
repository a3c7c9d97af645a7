"""The candles stop while the connection looks well."""

from __future__ import annotations

from collections.abc import Callable

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.base import NoFault, Scope, is_candles


class MuteData(NoFault):
    """The client gets no more candles, while pings, pongs and answers go on.

    ``connection`` is the number of the connection, None for each; ``path`` part of
    the path and query string of its handshake. ``mutes`` says which messages are
    withheld. It is over when the fault is removed.
    """

    def __init__(
        self,
        *,
        connection: int | None = None,
        path: str = "",
        mutes: Callable[[str], bool] = is_candles,
    ) -> None:
        self.scope = Scope(path=path, connection=connection)
        self._mutes = mutes

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self.scope.fits(connection):
            return actions
        return [
            action
            for action in actions
            if not (isinstance(action, Send) and self._mutes(action.text))
        ]
