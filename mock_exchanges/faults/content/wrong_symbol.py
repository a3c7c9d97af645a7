"""A message of another pair comes on this stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from mock_exchanges.core.exchange import Exchange
from mock_exchanges.faults.content.places import candles_of, other_pair, usual
from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class WrongSymbol(CandleFault):
    """Before a candle message comes one of another pair, for which nobody asked."""

    fault: Literal["wrong-symbol"] = "wrong-symbol"
    pair: str = Field(
        default="", description="the other pair, by its standard name; left out, any listed one"
    )

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        other_pair(exchange, usual(exchange).pair, self.pair)

    def aims_at_told(self, work: ActiveTelling, told: Told) -> bool:
        return work.place(told.delivery.topic).pair != self.pair

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        where = work.place(told.delivery.topic)
        there = replace(where, pair=other_pair(work.exchange, where.pair, self.pair))
        candle = work.exchange.market.at(there.pair, where.grid(told.candle), told.at_ms)
        if candle is None:
            return (told.message,)
        wrong = candles_of(work.exchange, there).written((candle,), told.at_ms)
        return (wrong, told.message)


register(WrongSymbol)
