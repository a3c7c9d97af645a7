"""An exchange that pushes several candles in a frame, as some do and Binance does not.

Binance's mock with one kind of frame more; shows too that an exchange can be named by
module and factory: ``--exchange tests.gallery.batch:create``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from mock_exchanges.binance.exchange import BinanceExchange
from mock_exchanges.binance.profile import profile
from mock_exchanges.binance.samples import BinanceSamples
from mock_exchanges.core.http import compact
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import CandleFrame
from reference_adapters import BinanceAdapter
from reference_adapters.binance import Candle


class BatchSamples(BinanceSamples):
    """Adds a push of three rows."""

    def batch_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        grid = self._profile.intervals[interval]
        opened = grid.floor(now_ms)
        candles = self._market.candles(pair, grid, grid.back(opened, 3), opened)
        frames = [self._frame("row", pair, interval, candle, now_ms) for candle in candles]
        text = compact({"e": "klines", "rows": [json.loads(frame.text) for frame in frames]})
        return [CandleFrame("push of three rows", text, tuple(candles))]


class BatchExchange(BinanceExchange):
    @property
    def samples(self) -> BatchSamples:
        return BatchSamples(self.market, self.profile)


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> BatchExchange:
    """Make the exchange."""
    return BatchExchange(market, journal, profile(profile_date), limits=limits)


class BatchAdapter(BinanceAdapter):
    """Right: reads every row."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        if data.get("e") != "klines":
            return super().parse_ws_message(data)
        return [
            c for row in data["rows"] for c in super(BatchAdapter, self).parse_ws_message(row) or []
        ]


class ParseTakesTheFirstRowOnly(BatchAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        return candles[:1] if candles else candles


class ParseDatesEveryRowAlike(BatchAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        for candle in candles or []:
            object.__setattr__(candle, "timestamp", candles[0].timestamp if candles else 0)
        return candles
