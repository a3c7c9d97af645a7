"""Binance by urllib in a thread, in pydantic candles."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

HOST = "https://api1.binance.com"
STREAMED = ("1s", "1m", "5m", "15m", "1h", "1d", "1w")
SECONDS = {"1s": 1, "1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400, "1w": 604_800,
           "1M": 2_592_000}  # fmt: skip
log = logging.getLogger(__name__)


class Kline(BaseModel):
    """A pydantic candle with exact numbers; what it has besides is left at 0."""

    timestamp: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_asset_volume: Decimal = Decimal(0)
    n_trades: int = 0


class BinanceByURL:
    """1, 2, 5, 7, 9, 10, 16: odd methods, REST in an executor, a generator of candles.

    It takes its time and logs; there are fewer intervals than there could be.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        base, quote = trading_pair.split("-")
        return base + quote

    @property
    def get_supported_intervals(self) -> Any:
        """A property that gives the function: odd, and callable."""
        return lambda: dict(SECONDS)

    @classmethod
    def get_ws_supported_intervals(cls) -> frozenset[str]:
        return frozenset(STREAMED)

    async def get_ws_url(self) -> str:
        await asyncio.sleep(0.5)
        return "wss://stream.binance.com:443/ws"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        self.count += 1
        stream = f"{self.get_trading_pair_format(trading_pair).lower()}@kline_{interval}"
        return {"method": "SUBSCRIBE", "params": [stream], "id": self.count, "why": "candles"}

    def parse_ws_message(self, data: Any) -> Iterator[Kline]:
        log.info("frame %s", str(data)[:40])
        match data:
            case {"e": "kline", "k": {"t": t, "o": o, "h": h, "l": l, "c": c, "v": v}}:
                yield Kline(timestamp=t // 1000, open=o, high=h, low=l, close=c, volume=v)

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 500
    ) -> tuple[Kline, ...]:
        if not 0 < limit <= 1000:
            raise ValueError(f"limit is {limit}, expected 1 to 1000")
        query = {"symbol": self.get_trading_pair_format(trading_pair), "interval": interval,
                 "limit": str(limit)}  # fmt: skip
        if start_time is not None:
            query["startTime"] = str(int(start_time) * 1000)
        url = f"{HOST}/api/v3/klines?{urllib.parse.urlencode(query)}"
        return await asyncio.get_running_loop().run_in_executor(None, self._get, url)

    @staticmethod
    def _get(url: str) -> tuple[Kline, ...]:
        with urllib.request.urlopen(url, timeout=30) as answer:
            rows = json.load(answer)
        names = ("open", "high", "low", "close", "volume")
        return tuple(
            Kline(timestamp=row[0] // 1000, **dict(zip(names, row[1:6], strict=True)))
            for row in rows
        )


class BinanceURLBorne(BinanceByURL):
    """15: a combined stream whose URL has the subscription; the payload is harmless."""

    __slots__ = ()

    async def get_ws_url(self) -> str:
        return "wss://data-stream.binance.vision/stream?streams=btcusdt@kline_1m"

    @classmethod
    def get_ws_supported_intervals(cls) -> frozenset[str]:
        return frozenset({"1m"})

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> Any:
        return []

    def parse_ws_message(self, data: Any) -> Iterator[Kline]:
        if "stream" in data:
            yield from super().parse_ws_message(data["data"])


class BinanceRestOnly(BinanceByURL):
    """3, 14: no WebSocket; refuses times before 2001."""

    __slots__ = ()

    @classmethod
    def get_ws_supported_intervals(cls) -> frozenset[str]:
        raise NotImplementedError("REST only")

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 500
    ) -> tuple[Kline, ...]:
        if start_time is not None and start_time < 978_307_200:
            raise ValueError(f"start_time is {start_time}, before 2001")
        return await super().fetch_rest_candles(trading_pair, interval, start_time, limit)
