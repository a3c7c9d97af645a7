"""A frame trickles in, a few bytes at a time."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Raw, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.frames import message_frames
from mock_exchanges.faults.active import ActiveFault, shown
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class Drip(Fault):
    """The bytes of a candle message come few at a time, and all that follows waits for them."""

    works_as: ClassVar[str] = "mock_exchanges.faults.shape.drip:ActiveDrip"

    fault: Literal["drip"] = "drip"
    bytes: int = Field(default=16, ge=1, description="how many bytes come at a time")
    every_ms: int = Field(default=20, ge=1, description="milliseconds from one piece to the next")


class ActiveDrip(ActiveFault):
    """Cuts frames up, and lets nothing overtake what is still coming."""

    fault: Drip

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if not self.means(connection):
            return actions
        sent: list[Action] = []
        for action in actions:
            free_ms = self.waiting(connection)
            if (
                isinstance(action, Send)
                and self.aims_at(action)
                and self.strikes(connection.number, now_ms, shown(action))
            ):
                at_ms = now_ms if free_ms is None else free_ms + self.fault.every_ms
                for piece in self._pieces(action):
                    self.later(at_ms, connection, [piece])
                    at_ms += self.fault.every_ms
            elif free_ms is not None:
                self.later(free_ms, connection, [action])
            else:
                sent.append(action)
        return sent

    def _pieces(self, action: Send) -> list[Raw]:
        frame = message_frames(action.text, fragments=action.fragments, binary=action.binary)
        size = self.fault.bytes
        parts = [frame[at : at + size] for at in range(0, len(frame), size)]
        return [*map(Raw, parts[:-1]), Raw(parts[-1], action.text)]


register(Drip)
