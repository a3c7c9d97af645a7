"""One message tells several candles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from mock_exchanges.core.candle import Candle
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.faults.content.places import candles_of, usual
from mock_exchanges.faults.content.telling import ActiveTelling, CandleFault, Told
from mock_exchanges.faults.table import register


class MultiRow(CandleFault):
    """One message tells the last few candles, where the exchange's format has room for them."""

    fault: Literal["multi-row"] = "multi-row"
    rows: int = Field(default=3, ge=2, description="how many candles a message tells")
    newest_first: bool = Field(default=False, description="the newest candle comes first")

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        empty = Candle(0, 60_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, True, 0, 0)
        try:
            candles_of(exchange, usual(exchange)).written((empty, empty), 0)
        except ValueError as error:
            raise ValueError(f"multi-row cannot be at {exchange.name}: {error}") from None

    def retold(self, work: ActiveTelling, told: Told, now_ms: int) -> Sequence[str]:
        where, market = work.place(told.delivery.topic), work.exchange.market
        grid, opened = where.grid(told.candle), told.candle.open_ms
        flat = work.exchange.samples.flat
        span = (self.rows - 1) * (1 if flat else 12)
        found = market.candles(where.pair, grid, grid.back(opened, span), opened)
        older = [each for each in found if flat or each.trades][1 - self.rows :]
        candles = [*older, told.candle]
        if self.newest_first:
            candles.reverse()
        return (told.stream.written(candles, told.at_ms),)


register(MultiRow)
