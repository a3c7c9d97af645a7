"""The other end is gone, and nobody said so."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from mock_exchanges.core.actions import Action, Close, Drop, Event
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.interference import Batch
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.ending import ActiveEnding, Ending
from mock_exchanges.faults.table import register


class HalfOpen(Ending):
    """Nothing comes any more and nothing sent is answered, not even a close, with TCP still up.

    The exchange meanwhile acts on what it does not hear: it may well give the client up,
    of which the client learns nothing. When the fault is removed, what either side sent
    arrives, in order, as after an outage that TCP survived.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.end.half_open:ActiveHalfOpen"

    fault: Literal["half-open"] = "half-open"

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        assert isinstance(work, ActiveHalfOpen)
        work.cut(connection)
        return []


class ActiveHalfOpen(ActiveEnding):
    """Holds back what either side of a dead connection sends."""

    def __init__(self, fault: HalfOpen, *rest: Any) -> None:
        super().__init__(fault, *rest)
        self.dead: dict[Connection, tuple[list[Action], list[Event]]] = {}

    def cut(self, connection: Connection) -> None:
        """Let nothing pass from now on."""
        self.dead.setdefault(connection, ([], []))
        connection.deaf = True

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        sent: list[Action] = []
        for action in actions:
            held = self.dead.get(connection)
            if held is None:
                sent += super().on_actions(connection, [action], now_ms)
            elif not isinstance(action, (Close, Drop)):
                # an end is kept by the engine, as the connection's `ending`
                held[0].append(action)
        return sent

    def on_event(self, connection: Connection, event: Event, now_ms: int) -> Event | None:
        held = self.dead.get(connection)
        if held is None:
            return event
        held[1].append(event)
        return None

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        super().on_lost(connection, now_ms)
        self.dead.pop(connection, None)

    def removed(self, now_ms: int) -> Batch:
        batch = super().removed(now_ms)
        there_ms = self.engine.exchange_time(now_ms)
        for connection, (actions, events) in self.dead.items():
            connection.deaf = any(
                isinstance(other, ActiveHalfOpen) and connection in other.dead
                for other in self.engine.faults
            )
            for event in events:
                if connection.ending is None:
                    actions += connection.session.received(event, there_ms)
            batch.append((connection, actions))
        self.dead.clear()
        return batch


register(HalfOpen)
