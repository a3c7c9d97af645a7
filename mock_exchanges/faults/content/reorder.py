"""An older update arrives after a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from mock_exchanges.core.interference import Delivery
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.holding import ActiveHolding
from mock_exchanges.faults.table import register


class Reorder(Fault):
    """A candle message comes after the one that follows it, so that older numbers come last."""

    works_as: ClassVar[str] = "mock_exchanges.faults.content.reorder:ActiveReorder"

    fault: Literal["reorder"] = "reorder"


class ActiveReorder(ActiveHolding):
    """Holds a message until the next one of its stream, which goes first."""

    def on_delivery(self, delivery: Delivery, now_ms: int) -> Sequence[str]:
        connection, topic = delivery.connection, delivery.topic
        older = [each for each in self.of(connection) if each.topic == topic]
        if older:
            newer = self.past_the_rest(delivery, now_ms)
            self.held = [each for each in self.held if each not in older]
            for each in (*newer, *older):
                each.due_ms = now_ms
                self.held.append(each)
            return ()
        if not self.means_delivery(delivery) or not self.strikes(
            connection.number, now_ms, delivery.message
        ):
            return (delivery.message,)
        self.held += self.past_the_rest(delivery, now_ms)
        return ()


register(Reorder)
