"""Requests are heard and not confirmed."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import shown
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.silence.starting import ActiveStarting
from mock_exchanges.faults.table import register


class MuteAck(Fault):
    """Subscriptions and other requests are not confirmed, while candles come nevertheless.

    With ``data`` false there are no candles either on what was not confirmed. A refusal
    still comes. ``after``, ``every``, ``times`` and ``probability`` count confirmations.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.silence.mute_ack:ActiveMuteAck"

    fault: Literal["mute-ack"] = "mute-ack"
    after: int = Field(
        default=0, ge=0, description="so many confirmations of a connection come before"
    )
    data: bool = Field(default=True, description="whether candles come nevertheless")

    def aims_at(self, action: Action) -> bool:
        return isinstance(action, Send) and action.role == "ack"


class ActiveMuteAck(ActiveStarting):
    """Withholds confirmations, and perhaps the candles of the streams that a request joined."""

    fault: MuteAck

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        if self.engine.delivering or not actions:
            return actions
        known = self.silent.setdefault(connection, {})
        fresh = [topic for topic in self._joined(connection) if topic not in known]
        sent: list[Action] = []
        for action in actions:
            if self._withholds(connection, fresh, action, now_ms):
                if not self.fault.data:
                    known.update(dict.fromkeys(fresh, True))
            else:
                sent.append(action)
        return super().on_actions(connection, sent, now_ms)

    def stays_silent(self, connection: Connection, topic: str, now_ms: int) -> bool:
        return False

    def _withholds(
        self, connection: Connection, fresh: list[str], action: Action, now_ms: int
    ) -> bool:
        if not self.fault.aims_at(action) or not self.means(connection):
            return False
        # a confirmation names no stream, but those that its request joined are known
        if not any(self.fault.stream in topic for topic in fresh or [""]):
            return False
        return self.strikes(connection.number, now_ms, shown(action))


register(MuteAck)
