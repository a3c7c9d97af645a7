"""A connection ends in the midst of the candles."""

from __future__ import annotations

from mock_exchanges.core.actions import Action, Close, Drop, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.base import NoFault, Scope


class DropConnection(NoFault):
    """The client's connection ends right after its n-th candle message.

    ``how`` is a close frame (Close) or an end without one (Drop: end of stream or
    TCP reset). ``connection`` is the number of the connection, None for each;
    ``times`` how many connections end, None for all. ``topic`` is part of
    the names of the streams whose messages are counted, by default all.
    """

    def __init__(
        self,
        after: int,
        how: Close | Drop,
        *,
        connection: int | None = None,
        path: str = "",
        times: int | None = None,
        topic: str = "",
    ) -> None:
        if after < 1:
            raise ValueError(f"after is {after}, expected 1 or more candle messages")
        self.scope = Scope(path=path, connection=connection, times=times)
        self._after = after
        self._how = how
        self._topic = topic
        self._seen: dict[int, int] = {}

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self.scope.fits(connection):
            return actions
        for position, action in enumerate(actions):
            if isinstance(action, Send) and action.topic and self._topic in action.topic:
                seen = self._seen[connection.number] = self._seen.get(connection.number, 0) + 1
                if seen == self._after:
                    self.scope.strike()
                    return [*actions[: position + 1], self._how]
        return actions
