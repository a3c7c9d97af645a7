"""Candles of some time ago are told again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.candle import Candle
from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class StaleSnapshot(CandleFault):
    """Once on each stream, before its first message, candles of some time ago are told again."""

    works_as: ClassVar[str] = "mock_exchanges.faults.content.stale_snapshot:ActiveStaleSnapshot"

    fault: Literal["stale-snapshot"] = "stale-snapshot"
    after: int = Field(
        default=0, ge=0, description="so many messages of the stream come before, fresh ones"
    )
    age_s: float = Field(default=600, gt=0, description="how old the newest stale candle is")
    rows: int = Field(default=3, ge=1, description="how many stale candles are told, oldest first")

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        candles = self._stale(work, told)
        try:
            messages = [told.stream.written(candles, told.at_ms)]
        except ValueError:
            # One candle a message is all that the format has room for, or there is none.
            messages = [told.stream.written((each,), told.at_ms) for each in candles]
        return (*messages, told.message)

    def _stale(self, work: ActiveTelling, told: Told) -> list[Candle]:
        where, exchange = work.place(told.delivery.topic), work.exchange
        grid = where.grid(told.candle)
        opened = grid.floor(told.at_ms - round(self.age_s * 1000))
        if opened >= told.candle.open_ms:
            opened = grid.previous(told.candle.open_ms)
        end_ms = grid.next(opened)
        # where candles without trades are not told, more must be looked at
        span = self.rows if exchange.samples.flat else self.rows * 12
        found = exchange.market.candles(where.pair, grid, grid.back(end_ms, span), end_ms)
        traded = [each for each in found if each.trades or exchange.samples.flat]
        return traded[-self.rows :]


class ActiveStaleSnapshot(ActiveTelling):
    """Strikes each stream of a connection once."""

    def strikes_told(self, told: Told, now_ms: int) -> bool:
        number = told.delivery.connection.number
        key = number, told.delivery.topic
        if not self.in_force(now_ms):
            return False
        passed = self.memory[key] = self.memory.get(key, 0) + 1
        return passed == self.fault.after + 1 and self.strike(now_ms, number, told.message)

    def again(self, now_ms: int) -> None:
        super().again(now_ms)
        self.memory.clear()


register(StaleSnapshot)
