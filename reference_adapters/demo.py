"""Candles from the demo exchange: the adapter to copy from, in three versions.

`DemoAdapter` simply connects, `DemoLoginAdapter` logs in first, `DemoTokenAdapter` fetches
a token for every connection. The exchange exists in the mocks alone.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import logging
import time
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger(__name__)

REST_URL = "https://api.demo-exchange.example/api/v1"
WS_URL = "wss://ws.demo-exchange.example/ws"
KEY, SECRET = "demo-key", "demo-secret"

MAX_LIMIT = 500  # one answer has no more, and a larger limit is refused

# interval -> seconds; REST has them all
INTERVALS = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "1h": 3600,
    "4h": 14400,
    "1d": 86400,
    "1w": 604800,
}
WS_INTERVALS = ["1m", "5m", "15m", "1h"]


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


@dataclass(frozen=True, slots=True)
class Reply:
    """What is to be sent back instead of a candle: whoever drives the adapter does it."""

    payload: dict[str, Any]


class DemoAdapter:
    """Demo exchange candles by WebSocket and REST."""

    def __init__(self, network_client: Any = None) -> None:
        self._network_client = network_client
        self._ids = itertools.count(1)

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        """Return the exchange's symbol: the standard pair itself."""
        return trading_pair

    def get_supported_intervals(self) -> dict[str, int]:
        """Return interval -> seconds."""
        return dict(INTERVALS)

    def get_ws_supported_intervals(self) -> list[str]:
        """Return the streamed intervals; the others are polled by REST."""
        return list(WS_INTERVALS)

    def get_ws_url(self) -> Any:
        """Return the URL."""
        return WS_URL

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        """Subscribe to one channel."""
        symbol = self.get_trading_pair_format(trading_pair)
        return {
            "method": "subscribe",
            "params": [f"candle.{interval}.{symbol}"],
            "id": next(self._ids),
        }

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | Reply | None:
        """Return the candles of a message, the answer to a ping, or None for the rest."""
        if data.get("op") == "ping":
            return Reply({"op": "pong", "ts": data["ts"]})
        if data.get("type") == "candle":
            return [_candle(data["data"])]
        if data.get("type") == "snapshot":
            return [_candle(item) for item in data["data"]]
        if data.get("type") == "error":  # why no candles come: somebody will look for it
            logger.warning("the exchange refuses: %s %s", data.get("code"), data.get("message"))
        return None

    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = MAX_LIMIT,
        network_client: Any = None,
    ) -> list[Candle]:
        """Return up to ``limit`` candles from ``start_time`` (seconds) on, or the newest.

        The running candle may be the last. Raises ValueError for a limit that one answer
        cannot give and for an error code, which may come with HTTP 200; and what the
        network client raises for a failed request.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"limit is {limit}, expected 1 to {MAX_LIMIT}")
        client = network_client or self._network_client
        answer = await client.get_rest_data(
            f"{REST_URL}/candles",
            params={
                "symbol": self.get_trading_pair_format(trading_pair),
                "interval": interval,
                "start": None if start_time is None else int(start_time),
                "limit": limit,
            },
        )
        if answer["code"] != 0:
            raise ValueError(f"the exchange answered {answer['code']}: {answer['message']}")
        return [_candle(item) for item in answer["data"]]


class DemoLoginAdapter(DemoAdapter):
    """For the profile ``demo@login``: a signed login goes before the subscription."""

    def get_ws_auth_payload(self) -> dict[str, Any]:
        """Log in, as of now."""
        ts = int(time.time() * 1000)
        sign = hmac.new(SECRET.encode(), f"{ts}login".encode(), hashlib.sha256).hexdigest()
        return {"op": "login", "args": [{"key": KEY, "ts": ts, "sign": sign}]}


class DemoTokenAdapter(DemoAdapter):
    """For the profile ``demo@token``: a token is good for a minute, so each URL has its own."""

    async def get_ws_url(self) -> str:
        """Return the endpoint with a new token."""
        answer = await self._network_client.get_rest_data(f"{REST_URL}/token", method="POST")
        return f"{answer['endpoint']}?token={answer['token']}"


def _candle(item: dict[str, Any]) -> Candle:
    return Candle(
        timestamp=item["t"] // 1000,
        open=float(item["o"]),
        high=float(item["h"]),
        low=float(item["l"]),
        close=float(item["c"]),
        volume=float(item["v"]),
        quote_asset_volume=float(item.get("q", 0)),
        n_trades=int(item.get("n", 0)),
        taker_buy_base_volume=float(item.get("V", 0)),
        taker_buy_quote_volume=float(item.get("Q", 0)),
    )
