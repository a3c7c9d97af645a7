"""Wrong in reading messages."""

from __future__ import annotations

from typing import Any

from reference_adapters import BinanceAdapter
from reference_adapters.binance import Candle
from tests.gallery.defective.changing import changed


class ParseSwapsHighAndClose(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        return changed(super().parse_ws_message(data), high="close", close="high")


class ParseTakesTheQuoteVolume(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        return changed(super().parse_ws_message(data), volume="quote_asset_volume")


class ParseGivesMilliseconds(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            object.__setattr__(candles[0], "timestamp", candles[0].timestamp * 1000)
        return candles


class ParseRoundsToSixDigits(BinanceAdapter):
    """Well on most pairs, and wrong on a tiny price."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        for candle in candles or []:
            for column in ("open", "high", "low", "close"):
                object.__setattr__(candle, column, round(getattr(candle, column), 6))
        return candles


class ParseExpectsOnlyCandles(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        if "error" in data:
            return None
        return super().parse_ws_message({"e": data["e"], **data})


class ParseTakesTheEventTime(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            object.__setattr__(candles[0], "timestamp", data["E"] / 1000)
        return candles


class ParseTakesTheCloseTime(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            object.__setattr__(candles[0], "timestamp", data["k"]["T"] // 1000)
        return candles


class ParseNeedsTheUnusedField(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles and data["k"]["B"] != "0":
            return None
        return candles


class ParsePopsFromItsInput(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            data.pop("e")
        return candles


class ParseMergesPairs(BinanceAdapter):
    """Keeps the highest price seen, whichever pair it was of."""

    _highest: tuple[int, float] = (0, 0.0)

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        for candle in candles or []:
            if candle.timestamp == self._highest[0]:
                object.__setattr__(candle, "high", max(candle.high, self._highest[1]))
            self._highest = candle.timestamp, candle.high
        return candles


class ParseDefaultsToZero(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        k = data.get("k")
        if data.get("e") == "kline" and isinstance(k, dict):
            data = {**data, "k": {**dict.fromkeys("ohlcv", 0), **k}}
        return super().parse_ws_message(data)
