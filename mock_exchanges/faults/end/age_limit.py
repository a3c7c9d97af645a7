"""Connections live for so long and no longer."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from mock_exchanges.core.actions import Action, Close, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.close_code import check_reason
from mock_exchanges.faults.end.ending import ActiveEnding, Ending
from mock_exchanges.faults.table import register

_DAY_MS = 86_400_000


class AgeLimit(Ending):
    """The connection ends when it has reached an age, the way the exchange ends old ones."""

    works_as: ClassVar[str] = "mock_exchanges.faults.end.age_limit:ActiveAgeLimit"

    fault: Literal["age-limit"] = "age-limit"
    after: int = Field(default=0, ge=0, le=0, description="not here: an age counts no messages")
    age_s: float | None = Field(
        default=None,
        gt=0,
        description="the age in seconds; by default the exchange's own, a day where it has none",
    )
    code: int | None = Field(
        default=None,
        ge=1000,
        le=4999,
        description="the close code; by default the exchange ends it in its own way",
    )
    reason: str = Field(default="", description="the reason in the close frame, with a code")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_reason(self.code, self.reason)
        if self.reason and self.code is None:
            raise ValueError(f"reason is {self.reason!r} without a code; expected code, too")
        return self

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        if self.code is None:
            return [connection.session.bye()]
        return [Close(self.code, self.reason)]


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
