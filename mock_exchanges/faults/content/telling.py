"""What faults share that know which candle a message tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mock_exchanges.core.candle import Candle
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.hub import CandleStream
from mock_exchanges.core.interference import Delivery
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.content.places import Place, place


@dataclass(frozen=True, slots=True)
class Told:
    """A message of a candle stream: the candle, and the time on the exchange's clock."""

    delivery: Delivery
    stream: CandleStream
    candle: Candle
    at_ms: int

    @property
    def message(self) -> str:
        """The message as it comes from the stream, or from the fault before."""
        return self.delivery.message


class CandleFault(Fault):
    """Spoils messages by the candle that they tell."""

    works_as: ClassVar[str] = "mock_exchanges.faults.content.telling:ActiveTelling"

    def aims_at_told(self, work: ActiveTelling, told: Told) -> bool:
        """Return whether a message is what this spoils; others are not counted."""
        return True

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        """Return the messages in place of the one told."""
        raise NotImplementedError


class ActiveTelling(ActiveFault):
    """Finds out which candle a message tells. Streams of anything else pass."""

    fault: CandleFault

    @property
    def exchange(self) -> Exchange:
        """The exchange it is at work at."""
        return self.engine.exchange

    def place(self, topic: str) -> Place:
        """Return of which pair and interval a topic is."""
        key = "place", topic
        if key not in self.memory:
            self.memory[key] = place(self.exchange, topic)
        found: Place = self.memory[key]
        return found

    def on_delivery(self, delivery: Delivery, now_ms: int) -> Sequence[str]:
        fault, connection = self.fault, delivery.connection
        stream = delivery.stream
        if (
            fault.stream not in delivery.topic
            or not self.means(connection)
            or not isinstance(stream, CandleStream)
        ):
            return (delivery.message,)
        at_ms = self.engine.exchange_time(now_ms)
        candle = stream.reading(at_ms)
        if candle is None:
            return (delivery.message,)
        told = Told(delivery, stream, candle, at_ms)
        if not fault.aims_at_told(self, told) or not self.strikes_told(told, now_ms):
            return (delivery.message,)
        return fault.retold(self, told, now_ms)

    def strikes_told(self, told: Told, now_ms: int) -> bool:
        """Count a message that the fault aims at; return whether it strikes."""
        return self.strikes(told.delivery.connection.number, now_ms, told.message)
