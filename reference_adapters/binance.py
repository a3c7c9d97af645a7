"""Candles from Binance spot: the adapter to copy from.

Documents: https://developers.binance.com/docs/binance-spot-api-docs
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

REST_URL = "https://api.binance.com/api/v3/klines"
WS_URL = "wss://stream.binance.com:9443/ws"

MAX_LIMIT = 1000  # one answer has no more, and a larger limit is cut without a word

# interval -> seconds; the same names for REST and WebSocket, a month is nominal
INTERVALS = {
    "1s": 1,
    "1m": 60,
    "3m": 180,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14400,
    "6h": 21600,
    "8h": 28800,
    "12h": 43200,
    "1d": 86400,
    "3d": 259200,
    "1w": 604800,
    "1M": 2592000,
}


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle: ``timestamp`` is its open time in seconds, ``volume`` in base units."""

    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_asset_volume: float = 0.0
    n_trades: int = 0
    taker_buy_base_volume: float = 0.0
    taker_buy_quote_volume: float = 0.0


class BinanceAdapter:
    """Binance spot candles by WebSocket and REST."""

    def __init__(self, network_client: Any = None) -> None:
        self._network_client = network_client
        self._ids = itertools.count(1)

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        """Return Binance's symbol: ``BTC-USDT`` is ``BTCUSDT``."""
        return trading_pair.replace("-", "")

    def get_supported_intervals(self) -> dict[str, int]:
        """Return interval -> seconds."""
        return dict(INTERVALS)

    def get_ws_supported_intervals(self) -> list[str]:
        """Return the streamed intervals: all of them."""
        return list(INTERVALS)

    def get_ws_url(self) -> str:
        """Return the URL; candles need no token."""
        return WS_URL

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        """Subscribe. Stream names are in lower case: upper case is accepted, and silent."""
        symbol = self.get_trading_pair_format(trading_pair).lower()
        return {
            "method": "SUBSCRIBE",
            "params": [f"{symbol}@kline_{interval}"],
            "id": next(self._ids),
        }

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        """Return the candle of a kline event, raw or in a combined stream's wrapper."""
        event = data.get("data", data)
        if not isinstance(event, dict) or event.get("e") != "kline":
            return None
        k = event["k"]
        return [
            Candle(
                timestamp=k["t"] // 1000,  # t opens, T closes; E is when the event was sent
                open=float(k["o"]),
                high=float(k["h"]),
                low=float(k["l"]),
                close=float(k["c"]),
                volume=float(k["v"]),
                quote_asset_volume=float(k.get("q", 0)),
                n_trades=int(k.get("n", 0)),
                taker_buy_base_volume=float(k.get("V", 0)),
                taker_buy_quote_volume=float(k.get("Q", 0)),
            )
        ]

    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 500,
        network_client: Any = None,
    ) -> list[Candle]:
        """Return up to ``limit`` candles from ``start_time`` (seconds) on, or the newest.

        The running candle may be the last. Raises ValueError for a limit that one
        answer cannot give, and what the network client raises for a failed request.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"limit is {limit}, expected 1 to {MAX_LIMIT}")
        client = network_client or self._network_client
        rows = await client.get_rest_data(
            REST_URL,
            params={
                "symbol": self.get_trading_pair_format(trading_pair),
                "interval": interval,
                "startTime": None if start_time is None else int(start_time) * 1000,
                "limit": limit,
            },
        )
        if not isinstance(rows, list):
            raise ValueError(f"Binance answered {rows!r}, expected a list of candles")
        return [
            Candle(
                timestamp=row[0] // 1000,
                open=float(row[1]),
                high=float(row[2]),
                low=float(row[3]),
                close=float(row[4]),
                volume=float(row[5]),
                quote_asset_volume=float(row[7]),
                n_trades=int(row[8]),
                taker_buy_base_volume=float(row[9]),
                taker_buy_quote_volume=float(row[10]),
            )
            for row in rows
        ]
