"""What all faults share under which subscriptions do not begin to give candles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mock_exchanges.core.actions import Action, Event, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.interference import Batch, Delivery
from mock_exchanges.faults.active import ActiveFault


class ActiveStarting(ActiveFault):
    """Decides once for each subscription whether its candles come, and keeps to it.

    What was subscribed before this began goes on.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        # connection -> topic -> whether its candles are held back
        self.silent: dict[Connection, dict[str, bool]] = {}

    def began(self, connections: Iterable[Connection], now_ms: int) -> None:
        super().began(connections, now_ms)
        for connection in connections:
            self.silent[connection] = dict.fromkeys(self._joined(connection), False)

    def on_event(self, connection: Connection, event: Event, now_ms: int) -> Event | None:
        # Who unsubscribed may subscribe anew, which is decided anew.
        known = self.silent.get(connection, {})
        for topic in [each for each in known if each not in self._joined(connection)]:
            del known[topic]
        return event

    def on_delivery(self, delivery: Delivery, now_ms: int) -> Sequence[str]:
        if self.is_silent(delivery.connection, delivery.topic, now_ms):
            return ()
        return (delivery.message,)

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if self.engine.delivering:
            return actions
        return [each for each in actions if not self._holds(connection, each, now_ms)]

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        super().on_lost(connection, now_ms)
        self.silent.pop(connection, None)

    def removed(self, now_ms: int) -> Batch:
        self.silent.clear()
        return super().removed(now_ms)

    def is_silent(self, connection: Connection, topic: str, now_ms: int) -> bool:
        """Return whether the candles of a topic are held back; the first asks decides."""
        known = self.silent.setdefault(connection, {})
        if topic not in known:
            known[topic] = self.stays_silent(connection, topic, now_ms)
        return known[topic]

    def stays_silent(self, connection: Connection, topic: str, now_ms: int) -> bool:
        """Return whether a new subscription's candles are to be held back."""
        meant = self.means(connection) and self.fault.stream in topic
        return meant and self.strikes(connection.number, now_ms, f"subscription to {topic}")

    def _holds(self, connection: Connection, action: Action, now_ms: int) -> bool:
        return (
            isinstance(action, Send)
            and bool(action.topic)
            and action.role == "data"
            and self.is_silent(connection, action.topic, now_ms)
        )

    def _joined(self, connection: Connection) -> list[str]:
        hub = self.engine.hub
        return [topic for topic in hub.topics() if hub.listens(topic, connection.session)]
