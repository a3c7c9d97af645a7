"""A candle is told once more, with other numbers, after it had closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.interference import Batch
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.content.last import is_last
from mock_exchanges.faults.content.places import usual
from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class LateCorrection(CandleFault):
    """Some seconds after its close a candle is told again with more volume, and REST agrees."""

    works_as: ClassVar[str] = "mock_exchanges.faults.content.late_correction:ActiveLateCorrection"

    fault: Literal["late-correction"] = "late-correction"
    after: int = Field(default=0, ge=0, description="so many closes of a connection stand before")
    late_s: float = Field(default=2, ge=0, description="seconds from the close to the correction")

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        usual(exchange)

    def aims_at_told(self, work: ActiveTelling, told: Told) -> bool:
        candle = told.candle
        long_enough = candle.end_ms - candle.open_ms >= MINUTE_MS
        return long_enough and candle.trades > 0 and is_last(told.stream, told.at_ms)

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        assert isinstance(work, ActiveLateCorrection)
        work.correct_later(told, now_ms)
        return (told.message,)


class ActiveLateCorrection(ActiveTelling):
    """Corrects the market once for all who are told."""

    fault: LateCorrection

    def __init__(self, fault: Fault, engine: Engine, number: int, seed: int) -> None:
        super().__init__(fault, engine, number, seed)
        self._waiting: list[tuple[int, Told]] = []
        self._corrected: set[tuple[str, int, int]] = set()

    def correct_later(self, told: Told, now_ms: int) -> None:
        """Tell a candle again when its time has come."""
        closed_ms = self.engine.true_time(told.candle.end_ms)
        due_ms = max(now_ms, closed_ms + round(self.fault.late_s * 1000))
        self._waiting.append((due_ms, told))

    def due(self) -> int | None:
        return min((at_ms for at_ms, _ in self._waiting), default=None)

    def tick(self, now_ms: int) -> Batch:
        ready = [told for at_ms, told in self._waiting if at_ms <= now_ms]
        self._waiting = [item for item in self._waiting if item[0] > now_ms]
        batch: Batch = []
        for told in ready:
            message = self._corrected_message(told, now_ms)
            connection, topic = told.delivery.connection, told.delivery.topic
            batch.append((connection, self.engine.delivered(connection, topic, message, now_ms)))
        return batch

    def removed(self, now_ms: int) -> Batch:
        # Nothing was held back: a correction that did not come yet never was.
        self._waiting.clear()
        return super().removed(now_ms)

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        super().on_lost(connection, now_ms)
        self._waiting = [
            item for item in self._waiting if item[1].delivery.connection is not connection
        ]

    def _corrected_message(self, told: Told, now_ms: int) -> str:
        where, market = self.place(told.delivery.topic), self.exchange.market
        key = where.pair, told.candle.open_ms, told.candle.end_ms
        if key not in self._corrected:
            self._corrected.add(key)
            minutes = range(told.candle.end_ms - MINUTE_MS, told.candle.open_ms - 1, -MINUTE_MS)
            traded = (each for each in minutes if market.trade_times(where.pair, each))
            market.correct(where.pair, next(traded, minutes[0]))
        candle = market.candle(where.pair, where.grid(told.candle), told.candle.open_ms)
        assert candle is not None
        return told.stream.written((candle,), self.engine.exchange_time(now_ms))


register(LateCorrection)
