"""What all faults that end a connection share: when a connection's end has come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.interference import Batch
from mock_exchanges.faults.active import ActiveFault, shown
from mock_exchanges.faults.base import Fault


class Ending(Fault):
    """Ends connections: after so many candle messages, at an age, or else at once.

    At once means those that are open, and each later one right after its handshake.
    ``every``, ``times`` and ``probability`` count connections here.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.end.ending:ActiveEnding"

    after: int = Field(default=0, ge=0, description="ends right after so many candle messages")
    age_s: float | None = Field(
        default=None, ge=0, description="ends when the connection is so many seconds old"
    )

    def at_age(self, seconds: float) -> Ending:
        """End connections that are so many seconds old."""
        return self._with(age_s=seconds)

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        """Return how the connection ends."""
        raise NotImplementedError


class ActiveEnding(ActiveFault):
    """Waits for each connection's end, and brings it about once."""

    fault: Ending

    def began(self, connections: Iterable[Connection], now_ms: int) -> None:
        super().began(connections, now_ms)
        for connection in connections:
            self._wait_for(connection, now_ms)

    def on_opened(self, connection: Connection, now_ms: int) -> None:
        self._wait_for(connection, now_ms)

    def _wait_for(self, connection: Connection, now_ms: int) -> None:
        if self.fault.after or not self.means(connection):
            return
        begins_ms = self.began_ms + round(self.fault.from_s * 1000)
        self.later(max(now_ms, begins_ms, connection.opened_ms + self.age_ms()), connection, [])

    def age_ms(self) -> int:
        """Return how old a connection becomes, in milliseconds."""
        return round((self.fault.age_s or 0) * 1000)

    def tick(self, now_ms: int) -> Batch:
        batch = []
        for connection, actions in super().tick(now_ms):
            batch.append((connection, actions or self._end(connection, now_ms, "its time")))
        return batch

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self.fault.after or not self.means(connection) or not self.in_force(now_ms):
            return actions
        for position, action in enumerate(actions):
            if self.aims_at(action):
                seen = self.memory[connection.number] = self.memory.get(connection.number, 0) + 1
                if seen == self.fault.after:
                    ends = self._end(connection, now_ms, f"after {shown(action)}")
                    return [*actions[: position + 1], *ends, *actions[position + 1 :]]
        return actions

    def _end(self, connection: Connection, now_ms: int, what: str) -> list[Action]:
        number = self.memory["met"] = self.memory.get("met", 0) + 1
        if not self.in_force(now_ms) or (number - 1) % self.fault.every:
            return []
        if not self.strike(now_ms, connection.number, what):
            return []
        return self.fault.end(self, connection, now_ms)

    def again(self, now_ms: int) -> None:
        super().again(now_ms)
        self.memory.clear()
        for connection in self.engine.connections.values():
            self._wait_for(connection, now_ms)

    def removed(self, now_ms: int) -> Batch:
        # What waits here are ends to come; they come no more.
        super().removed(now_ms)
        return []

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        super().on_lost(connection, now_ms)
        self.memory.pop(connection.number, None)
