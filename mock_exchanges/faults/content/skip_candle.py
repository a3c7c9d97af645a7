"""A whole candle is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class SkipCandle(CandleFault):
    """No message of one candle comes; REST has it, and so has a snapshot.

    The candle that is running when a connection's first message comes is spared, as it
    may have been told already; each later one is a candle that it can strike.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.content.skip_candle:ActiveSkipCandle"

    fault: Literal["skip-candle"] = "skip-candle"
    after: int = Field(default=0, ge=0, description="so many candles of a connection come before")
    times: int | None = Field(default=1, ge=1, description="how many candles are lost; None is all")

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        return ()


class ActiveSkipCandle(ActiveTelling):
    """Decides at a candle's first message, and holds to it."""

    def strikes_told(self, told: Told, now_ms: int) -> bool:
        connection, opened = told.delivery.connection, told.candle.open_ms
        key = connection.number, told.delivery.topic
        # the newest candle told, and those that are not
        newest, lost = self.memory.get(key, (None, frozenset()))
        if newest is None or opened > newest:
            struck = newest is not None and super().strikes_told(told, now_ms)
            # An empty candle told late is older than what was told: only the last few count.
            lost = frozenset((*sorted(lost)[-2:], opened)) if struck else lost
            self.memory[key] = opened, lost
        return opened in lost


register(SkipCandle)
