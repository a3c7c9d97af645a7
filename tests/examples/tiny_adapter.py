"""The smallest right adapter for the exchange of the example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candle:
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class TinyAdapter:
    def __init__(self, network_client: Any) -> None:
        self.client = network_client

    def get_trading_pair_format(self, pair: str) -> str:
        return pair.replace("-", "_")

    def get_supported_intervals(self) -> dict[str, int]:
        return {"1m": 60, "1h": 3600}

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "1h"]

    def get_ws_url(self) -> str:
        return "wss://stream.tiny.example/stream"

    def get_ws_subscription_payload(self, pair: str, interval: str) -> str:
        return f"subscribe {self.get_trading_pair_format(pair)}:{interval}"

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle]:
        return [self._candle(data["candle"])] if "candle" in data else []

    async def fetch_rest_candles(
        self, pair: str, interval: str, start_time: int | None = None, limit: int = 100
    ) -> list[Candle]:
        if limit > 200:
            raise ValueError(f"limit is {limit}, expected at most 200")
        rows = await self.client.get_rest_data(
            "https://tiny.example/candles",
            params={"market": self.get_trading_pair_format(pair), "interval": interval,
                    "start": start_time, "limit": limit},
        )  # fmt: skip
        return [self._candle(row) for row in rows]

    def _candle(self, row: list[Any]) -> Candle:
        at, *columns = row
        return Candle(int(at), *map(float, columns[:5]))
