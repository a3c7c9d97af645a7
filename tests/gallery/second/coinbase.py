"""Coinbase by requests in a thread, and by the network client; numbers as Decimal."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import make_dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import requests

BASE = "https://api.coinbase.com/api/v3/brokerage/market/products"
# name -> (granularity, seconds)
GRANULARITY = {
    "1m": ("ONE_MINUTE", 60), "5m": ("FIVE_MINUTE", 300), "15m": ("FIFTEEN_MINUTE", 900),
    "1h": ("ONE_HOUR", 3600), "6h": ("SIX_HOUR", 21_600), "1d": ("ONE_DAY", 86_400),
}  # fmt: skip
COLUMNS = ("open", "high", "low", "close", "volume")
Bar = make_dataclass("Bar", [("timestamp", int), *((name, Decimal) for name in COLUMNS)])


class CoinbaseInThreads:
    """1, 2, 5, 7, 10, 11, 12, 13, 14, 15: made dataclasses of Decimals, requests in a thread."""

    def __init__(self, **options: Any) -> None:
        self.options = options

    def __getattr__(self, name: str) -> Any:
        """Its methods come about when they are asked for: odd, and nobody's business."""
        if name == "get_trading_pair_format":
            return str
        raise AttributeError(name)

    def get_supported_intervals(self) -> dict[str, int]:
        return {name: seconds for name, (_, seconds) in GRANULARITY.items()}

    def get_ws_supported_intervals(self) -> set[str]:
        return {"5m"}

    def get_ws_url(self) -> str:
        return "wss://advanced-trade-ws.coinbase.com:443"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> str:
        if interval != "5m":
            raise LookupError(f"interval is {interval!r}, and only 5m is streamed")
        return json.dumps(
            {"type": "subscribe", "channel": "candles", "product_ids": [trading_pair], "v": 2}
        )

    def parse_ws_message(self, data: Any) -> list[Any]:
        if not isinstance(data, dict) or data.get("channel") != "candles":
            return []
        rows = [row for event in data["events"] for row in event["candles"]]
        return [self._bar(row) for row in rows]

    @staticmethod
    def _bar(row: Any) -> Any:
        return Bar(int(row["start"]), *(Decimal(row[name]) for name in COLUMNS))

    def _request(
        self, pair: str, interval: str, start: int | None, limit: int
    ) -> tuple[str, dict[str, str]]:
        if not 1 <= limit <= 349:
            raise ValueError(f"limit is {limit}, expected 1 to 349")
        if start is not None and start < 978_307_200:
            raise ValueError(f"start_time is {start}, expected a time after 2000")
        name, step = GRANULARITY[interval]
        first = int(time.time()) - limit * step if start is None else int(start)
        first = -(-first // step) * step
        query = {"granularity": name, "start": str(first), "end": str(first + (limit - 1) * step)}
        return f"{BASE}/{pair}/candles", query

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 349
    ) -> list[Any]:
        url, query = self._request(trading_pair, interval, start_time, limit)

        def get() -> Any:
            answer = requests.get(url, params=query, timeout=30)
            answer.raise_for_status()
            return answer.json()

        return self._read(await asyncio.to_thread(get))

    def _read(self, answer: Any) -> list[Any]:
        return sorted((self._bar(row) for row in answer["candles"]), key=lambda bar: bar.timestamp)


class CoinbaseByTheClient(CoinbaseInThreads):
    """4, 8: insists on the network client; namespaces, newest first."""

    async def fetch_rest_candles(  # type: ignore[override]
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 349,
        *,
        network_client: Any,
    ) -> list[Any]:
        url, query = self._request(trading_pair, interval, start_time, limit)
        return self._read(await network_client.get_rest_data(url, params=query))[::-1]

    @staticmethod
    def _bar(row: Any) -> Any:
        numbers = {name: float(row[name]) for name in COLUMNS}
        return SimpleNamespace(timestamp=float(row["start"]), **numbers)


class CoinbaseRestOnly(CoinbaseInThreads):
    """3: the minute is not streamed, and the rest is not wanted."""

    def get_ws_supported_intervals(self) -> set[str]:
        return set()
