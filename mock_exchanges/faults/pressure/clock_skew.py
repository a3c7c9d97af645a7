"""The exchange's clock is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.interference import Batch
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.before_words import without_scope
from mock_exchanges.faults.pressure.until import ends_ms
from mock_exchanges.faults.table import register


class ClockSkew(Fault):
    """The exchange lives ahead of the true time, or behind it: its clock, events and candles.

    The server's time, the Date header and the times of messages all follow; when the clock
    is set, streams go on from its new time, and what lay between is never told.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.clock_skew:ActiveClockSkew"

    fault: Literal["clock-skew"] = "clock-skew"
    skew_s: float = Field(
        default=30, description="by how many seconds the clock is ahead; behind if negative"
    )

    @model_validator(mode="after")
    def _is_for_all(self) -> Self:
        if not self.skew_s:
            raise ValueError(f"skew_s is {self.skew_s}, expected seconds other than 0")
        names = ("connection", "from_connection", "path", "stream", "after", "every")
        without_scope(self, names, "an exchange has one clock; 'from_s' and 'for_s' can limit it")
        return self


class ActiveClockSkew(ActiveFault):
    """Sets the clock wrong when its time begins, and right when it ends."""

    fault: ClockSkew

    def began(self, connections: Iterable[Connection], now_ms: int) -> None:
        super().began(connections, now_ms)
        self._plan()
        if self._begins_ms is not None and self._begins_ms <= now_ms:
            self._turn(now_ms)

    def again(self, now_ms: int) -> None:
        super().again(now_ms)
        self._plan()

    def due(self) -> int | None:
        times = [at for at in (self._begins_ms, self._ends_ms) if at is not None]
        return min(times, default=None)

    def tick(self, now_ms: int) -> Batch:
        self._turn(now_ms)
        return []

    def _plan(self) -> None:
        self._begins_ms: int | None = self.began_ms + round(self.fault.from_s * SECOND_MS)
        self._ends_ms = ends_ms(self)

    def _turn(self, now_ms: int) -> None:
        if self._begins_ms is not None and self._begins_ms <= now_ms:
            self._begins_ms = None
            skew_ms = round(self.fault.skew_s * SECOND_MS)
            if self.in_force(now_ms) and self.strike(now_ms, 0, f"clock {skew_ms:+d} ms"):
                self.skew_ms = skew_ms
        if self._ends_ms is not None and self._ends_ms <= now_ms:
            self._ends_ms = None
            self.skew_ms = 0


register(ClockSkew)
