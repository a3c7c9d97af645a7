"""What faults share that hold back messages of streams and let them go later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.interference import Batch, Delivery
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault


@dataclass(slots=True)
class Held:
    """A message of a stream that waits until a time, or until it is let go."""

    connection: Connection
    topic: str
    message: str
    due_ms: int | None = None


class ActiveHolding(ActiveFault):
    """Holds messages back in order, before their connection wraps and numbers them.

    The faults added later have seen a message before it is held: what they do depends
    on the time at which the stream told it.
    """

    def __init__(self, fault: Fault, engine: Engine, number: int, seed: int) -> None:
        super().__init__(fault, engine, number, seed)
        self.held: list[Held] = []

    def means_delivery(self, delivery: Delivery) -> bool:
        """Return whether a message is of a stream and a connection that are meant."""
        return self.fault.stream in delivery.topic and self.means(delivery.connection)

    def past_the_rest(self, delivery: Delivery, now_ms: int) -> list[Held]:
        """Return what the faults added later make of a message."""
        faults = self.engine.faults
        said = [delivery.message]
        for fault in faults[faults.index(self) + 1 :]:
            said = [
                text
                for each in said
                for text in fault.on_delivery(replace(delivery, message=each), now_ms)
            ]
        return [Held(delivery.connection, delivery.topic, each) for each in said]

    def of(self, connection: Connection) -> list[Held]:
        """Return what is held for a connection, in order."""
        return [each for each in self.held if each.connection is connection]

    def due(self) -> int | None:
        times = [each.due_ms for each in self.held if each.due_ms is not None]
        return min(times, default=None)

    def tick(self, now_ms: int) -> Batch:
        ready = [each for each in self.held if each.due_ms is not None and each.due_ms <= now_ms]
        self.held = [each for each in self.held if each not in ready]
        return self._told(ready, now_ms)

    def removed(self, now_ms: int) -> Batch:
        ready, self.held = self.held, []
        return [*super().removed(now_ms), *self._told(ready, now_ms)]

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        super().on_lost(connection, now_ms)
        self.held = [each for each in self.held if each.connection is not connection]

    def _told(self, ready: Sequence[Held], now_ms: int) -> Batch:
        batch: list[tuple[Connection, list[Action]]] = []
        for each in ready:
            sent = self.engine.delivered(each.connection, each.topic, each.message, now_ms)
            batch.append((each.connection, sent))
        return batch
