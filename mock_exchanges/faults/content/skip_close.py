"""The message that closes a candle is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from mock_exchanges.faults.content.last import is_last
from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class SkipClose(CandleFault):
    """The closing message of a candle never comes: the last one, where nothing marks a close."""

    fault: Literal["skip-close"] = "skip-close"
    after: int = Field(default=0, ge=0, description="so many closes of a connection come before")

    def aims_at_told(self, work: ActiveTelling, told: Told) -> bool:
        return is_last(told.stream, told.at_ms)

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        return ()


register(SkipClose)
