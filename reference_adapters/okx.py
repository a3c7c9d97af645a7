"""Candles from OKX spot: the adapter to copy from.

Documents: https://www.okx.com/docs-v5/en
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

REST_URL = "https://www.okx.com/api/v5/market"
# Candles come on /business alone since June 2023; /public refuses them.
WS_URL = "wss://ws.okx.com:8443/ws/v5/business"

MAX_LIMIT = 300  # one answer has no more, and a larger limit is cut without a word
RECENT = 1440  # so many of the newest candles `candles` gives; `history-candles` has the rest

# interval -> (OKX's name, seconds); OKX's days without "utc" begin at midnight of UTC+8
_INTERVALS = {
    "1s": ("1s", 1),
    "1m": ("1m", 60),
    "3m": ("3m", 180),
    "5m": ("5m", 300),
    "15m": ("15m", 900),
    "30m": ("30m", 1800),
    "1h": ("1H", 3600),
    "2h": ("2H", 7200),
    "4h": ("4H", 14400),
    "6h": ("6Hutc", 21600),
    "12h": ("12Hutc", 43200),
    "1d": ("1Dutc", 86400),
    "2d": ("2Dutc", 172800),
    "3d": ("3Dutc", 259200),
    "1w": ("1Wutc", 604800),
    "1M": ("1Mutc", 2592000),
    "3M": ("3Mutc", 7776000),
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


class OKXAdapter:
    """OKX spot candles by WebSocket and REST."""

    def __init__(self, network_client: Any = None) -> None:
        self._network_client = network_client

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        """Return OKX's instId: the standard name itself."""
        return trading_pair

    def get_supported_intervals(self) -> dict[str, int]:
        """Return interval -> seconds."""
        return {name: seconds for name, (_, seconds) in _INTERVALS.items()}

    def get_ws_supported_intervals(self) -> list[str]:
        """Return the streamed intervals: all of them."""
        return list(_INTERVALS)

    def get_ws_url(self) -> str:
        """Return the URL; candles need no login."""
        return WS_URL

    def get_ws_ping_payload(self) -> str:
        """Return what keeps a connection open that is silent for 30 seconds: a text, no JSON."""
        return "ping"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        """Subscribe. Each arg is confirmed by a frame of its own, or refused by one."""
        channel = f"candle{_INTERVALS[interval][0]}"
        return {
            "op": "subscribe",
            "args": [{"channel": channel, "instId": self.get_trading_pair_format(trading_pair)}],
        }

    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        """Return the candles of a push; all other frames have an ``event``, or are no JSON."""
        if not isinstance(data, dict) or "event" in data or "data" not in data:
            return None
        if not str(data["arg"]["channel"]).startswith("candle"):
            return None
        return [_candle(row) for row in data["data"]]

    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 100,
        network_client: Any = None,
    ) -> list[Candle]:
        """Return up to ``limit`` candles from ``start_time`` (seconds) on, or the newest.

        The running candle may be the last. Raises ValueError for a limit that one
        answer cannot give and for an answer that is an error, and what the network
        client raises for a failed request.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"limit is {limit}, expected 1 to {MAX_LIMIT}")
        bar, seconds = _INTERVALS[interval]
        params = {
            "instId": self.get_trading_pair_format(trading_pair),
            "bar": bar,
            "limit": limit,
        }
        recent = interval != "1s"
        if start_time is not None:
            # Both bounds are exclusive, and an answer is cut at its old end: without
            # `after` it would hold the newest candles, whatever `before` says.
            params["before"] = int(start_time) * 1000 - 1
            params["after"] = _end(int(start_time), interval, limit) * 1000
            recent = recent and start_time > time.time() - (RECENT - 1) * seconds
        client = network_client or self._network_client
        path = "candles" if recent else "history-candles"
        answer = await client.get_rest_data(f"{REST_URL}/{path}", params=params)
        # An HTTP status of 200 says nothing; the code does, and it is a string.
        if not isinstance(answer, dict) or answer.get("code") != "0":
            raise ValueError(f"OKX answered {answer!r}, expected code '0'")
        return [_candle(row) for row in reversed(answer["data"])]  # newest first


def _candle(row: Sequence[str]) -> Candle:
    return Candle(
        timestamp=int(row[0]) // 1000,
        open=float(row[1]),
        high=float(row[2]),
        low=float(row[3]),
        close=float(row[4]),
        volume=float(row[5]),  # base units for spot; contracts for derivatives
        quote_asset_volume=float(row[6]),
    )


def _end(start: int, interval: str, limit: int) -> int:
    """Return the time (seconds) by which ``limit`` candles have opened, months by the calendar."""
    if not interval.endswith("M"):
        return start + limit * _INTERVALS[interval][1]
    day = datetime.fromtimestamp(start, UTC)
    months = day.year * 12 + day.month - 1 + limit * int(interval[:-1])
    return int(datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC).timestamp())
