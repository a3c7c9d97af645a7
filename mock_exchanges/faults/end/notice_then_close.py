"""The exchange says that it will end the connection, and does."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from mock_exchanges.core.actions import Action, Close
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.close_code import check_reason
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.faults.table import register

_MINUTE_MS = 60_000


class NoticeThenClose(Ending):
    """The exchange's own notice of a close comes while candles go on, and later the close.

    Where an exchange has no such notice, only the close comes, at the same time.
    """

    fault: Literal["notice-then-close"] = "notice-then-close"
    notice_s: float | None = Field(
        default=None,
        ge=0,
        description="seconds from the notice to the close; "
        "by default the exchange's own, a minute where it tells none",
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
        session = connection.session
        ends = session.bye() if self.code is None else Close(self.code, self.reason)
        profile = work.engine.exchange.profile
        ahead_ms: int = getattr(profile, "notice_ahead_ms", _MINUTE_MS)
        if self.notice_s is not None:
            ahead_ms = round(self.notice_s * 1000)
        work.later(now_ms + ahead_ms, connection, [ends])
        return session.notice(work.engine.exchange_time(now_ms))


register(NoticeThenClose)
