"""The usual WebSocket connection of a simple exchange: topics are joined, nothing else happens."""

from __future__ import annotations

from mock_exchanges.core.actions import Action, Close, Drop, Event, Send
from mock_exchanges.core.exchange import Link


class PlainSession:
    """No welcome, no pings, no deadlines; messages are passed on as they are.

    See core.exchange.Session. Who inherits writes `received`, and subscribes with `join`.
    """

    def __init__(self, link: Link) -> None:
        self.link = link
        self.topics: dict[str, None] = {}

    def join(self, topic: str, now_ms: int) -> bool:
        """Subscribe to a topic; return False if the exchange has no such stream."""
        if not self.link.hub.join(topic, self, now_ms):
            return False
        self.topics[topic] = None
        return True

    def leave(self, topic: str) -> bool:
        """Unsubscribe; return False if the topic was not subscribed."""
        if topic not in self.topics:
            return False
        del self.topics[topic]
        self.link.hub.leave(topic, self)
        return True

    def opened(self, now_ms: int) -> list[Action]:
        """Say nothing."""
        return []

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """Answer nothing."""
        return []

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Pass a message on."""
        return [Send(message, topic)]

    def due(self) -> int | None:
        """Return None: there are no timers."""
        return None

    def tick(self, now_ms: int) -> list[Action]:
        """Do nothing."""
        return []

    def notice(self, now_ms: int) -> list[Action]:
        """Say nothing."""
        return []

    def bye(self) -> Close | Drop:
        """Return a normal close."""
        return Close(1000)

    def unasked(self) -> None:
        """Do nothing: there are no pings."""

    def moved(self, by_ms: int) -> None:
        """Do nothing: there are no timers."""

    def ended(self) -> None:
        """Leave every topic."""
        for topic in list(self.topics):
            self.leave(topic)
