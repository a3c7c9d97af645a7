"""A message of another interval comes on this stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from mock_exchanges.core.exchange import Exchange
from mock_exchanges.faults.content.places import candles_of, other_interval, usual
from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class WrongInterval(CandleFault):
    """Before a candle message comes one of another interval, for which nobody asked."""

    fault: Literal["wrong-interval"] = "wrong-interval"

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        other_interval(exchange, usual(exchange).interval)

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        where = work.place(told.delivery.topic)
        there = replace(where, interval=other_interval(work.exchange, where.interval))
        candle = work.exchange.market.at(there.pair, there.interval.grid, told.at_ms)
        if candle is None:
            return (told.message,)
        wrong = candles_of(work.exchange, there).written((candle,), told.at_ms)
        return (wrong, told.message)


register(WrongInterval)
