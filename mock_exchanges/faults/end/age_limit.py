"""Connections live for so long and no longer."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Close, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.ending import ActiveEnding
from mock_exchanges.faults.end.own_close import OwnClose
from mock_exchanges.faults.table import register

_DAY_MS = 86_400_000


class AgeLimit(OwnClose):
    """The connection ends when it has reached an age, the way the exchange ends old ones."""

    works_as: ClassVar[str] = "mock_exchanges.faults.end.age_limit:ActiveAgeLimit"

    fault: Literal["age-limit"] = "age-limit"
    after: int = Field(default=0, ge=0, le=0, description="not here: an age counts no messages")
    age_s: float | None = Field(
        default=None,
        gt=0,
        description="the age in seconds; by default the exchange's own, a day where it has none",
    )

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        return [self.closing(connection)]


class ActiveAgeLimit(ActiveEnding):
    """Knows how old a connection may become, and ends it in place of the exchange."""

    fault: AgeLimit

    def age_ms(self) -> int:
        if self.fault.age_s is not None:
            return super().age_ms()
        own_ms: int = getattr(self.engine.exchange.profile, "connection_age_ms", _DAY_MS)
        return own_ms

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        # At the exchange's own age its close comes first, and would hide this one.
        due_ms = connection.opened_ms + self.age_ms()
        if self.fault.age_s is not None or now_ms < due_ms or not self.means(connection):
            return actions
        for position, action in enumerate(actions):
            if isinstance(action, (Close, Drop)) and action == connection.session.bye():
                ends = self._end(connection, now_ms, "its age")
                return [*actions[:position], *ends] if ends else actions
        return actions


register(AgeLimit)
