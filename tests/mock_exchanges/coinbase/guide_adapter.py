"""An adapter as one writes it after the adapter guide's Coinbase sample."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from reference_adapters.coinbase import Candle, CoinbaseAdapter


class GuideAdapter(CoinbaseAdapter):
    """Knows the printed shape alone: type candle, ISO start."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        if data.get("channel") != "candles":
            return None
        return [
            Candle(
                timestamp=int(datetime.fromisoformat(row["start"]).timestamp()),
                open=float(row["open"]),
                high=float(row["high"]),
                low=float(row["low"]),
                close=float(row["close"]),
                volume=float(row["volume"]),
            )
            for event in data["events"]
            if event["type"] == "candle"
            for row in event["candles"]
        ]
