"""The exchange says that it will end the connection, and does."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.own_close import OwnClose
from mock_exchanges.faults.table import register

_MINUTE_MS = 60_000


class NoticeThenClose(OwnClose):
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

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        session = connection.session
        profile = work.engine.exchange.profile
        ahead_ms: int = getattr(profile, "notice_ahead_ms", _MINUTE_MS)
        if self.notice_s is not None:
            ahead_ms = round(self.notice_s * 1000)
        work.later(now_ms + ahead_ms, connection, [self.closing(connection)])
        return session.notice(work.engine.exchange_time(now_ms))


register(NoticeThenClose)
