"""The client sends too many messages, the exchange finds."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Event, Text
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class SubscribeLimit(Fault):
    """A subscription is answered with the exchange's error for too many messages, and not made.

    Where the exchange then ends the connection, it does so here. It cannot be at an exchange
    that has no such error. ``after``, ``every``, ``times`` and ``probability`` count the
    messages that have ``containing`` in them, and ``stream``.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.subscribe_limit:ActiveSubscribeLimit"

    fault: Literal["subscribe-limit"] = "subscribe-limit"
    containing: str = Field(
        default='"subscribe"',
        description="only messages of the client with this in them, in capitals or not",
    )

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        if not exchange.samples.flooded("", 0):
            raise ValueError(
                f"subscribe-limit cannot be at {exchange.name}: it answers too many messages "
                "with no error"
            )


class ActiveSubscribeLimit(ActiveFault):
    """Answers in place of the exchange, which never hears the message."""

    fault: SubscribeLimit

    def on_event(self, connection: Connection, event: Event, now_ms: int) -> Event | None:
        if not isinstance(event, Text) or not self.means(connection):
            return event
        if self.fault.containing.lower() not in event.text.lower():
            return event
        if self.fault.stream not in event.text:
            return event
        if not self.strikes(connection.number, now_ms, event.text):
            return event
        samples, there_ms = self.engine.exchange.samples, self.engine.exchange_time(now_ms)
        self.later(now_ms, connection, list(samples.flooded(event.text, there_ms)))
        return None


register(SubscribeLimit)
