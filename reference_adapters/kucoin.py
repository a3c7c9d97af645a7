"""Candles from KuCoin spot: the adapter to copy from.

Documents: https://www.kucoin.com/docs-new
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

REST_URL = "https://api.kucoin.com"

MAX_LIMIT = 1500  # one answer has no more: a longer range loses its oldest candles

# interval -> seconds; a month is nominal
INTERVALS = {
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
    "1w": 604800,
    "1M": 2592000,
}
UNITS = {"m": "min", "h": "hour", "d": "day", "w": "week", "M": "month"}


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


class KuCoinAdapter:
    """KuCoin spot candles by WebSocket and REST."""

    ws_ping_interval = 18.0  # seconds; renewed with every token

    def __init__(self, network_client: Any = None) -> None:
        self._network_client = network_client
        self._ids = itertools.count(1)

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        """Return KuCoin's symbol, which is the standard name."""
        return trading_pair

    def get_supported_intervals(self) -> dict[str, int]:
        """Return interval -> seconds."""
        return dict(INTERVALS)

    def get_ws_supported_intervals(self) -> list[str]:
        """Return the streamed intervals: the documents list no months."""
        return [interval for interval in INTERVALS if interval != "1M"]

    async def get_ws_url(self) -> str:
        """Return the URL with a new token: tokens expire after 24 hours.

        Raises ValueError if KuCoin gives none, and what the network client raises.
        """
        url = f"{REST_URL}/api/v1/bullet-public"
        data = _data(await self._network_client.get_rest_data(url, method="POST"))
        server = data["instanceServers"][0]
        self.ws_ping_interval = server["pingInterval"] / 1000
        query = urlencode({"token": data["token"], "connectId": next(self._ids)})
        return f"{server['endpoint']}?{query}"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        """Subscribe; KuCoin has words of its own for intervals, ``1min`` for ``1m``."""
        symbol = self.get_trading_pair_format(trading_pair)
        return {
            "id": str(next(self._ids)),
            "type": "subscribe",
            "topic": f"/market/candles:{symbol}_{_word(interval)}",
            "privateChannel": False,
            "response": True,
        }

    def get_ws_ping_payload(self) -> dict[str, Any]:
        """Return a ping: who sends nothing for a minute is disconnected."""
        return {"id": str(next(self._ids)), "type": "ping"}

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        """Return the candle of a message; its subject may be ``add`` or ``update``."""
        topic = data.get("topic")
        if data.get("type") != "message" or not str(topic).startswith("/market/candles:"):
            return None
        return [_candle(data["data"]["candles"])]

    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 500,
        network_client: Any = None,
    ) -> list[Candle]:
        """Return up to ``limit`` candles from ``start_time`` (seconds) on, or the newest.

        Intervals without trades are missing, the running candle may be the last.
        Raises ValueError for a limit that one answer cannot give and for an answer
        without candles, and what the network client raises for a failed request.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"limit is {limit}, expected 1 to {MAX_LIMIT}")
        # Idle intervals have no candle, so the whole page is asked for and cut here.
        seconds, now = INTERVALS[interval], int(time.time())
        page = MAX_LIMIT * seconds
        start = max(1, now - page + 1) if start_time is None else int(start_time)
        client = network_client or self._network_client
        answer = await client.get_rest_data(
            f"{REST_URL}/api/v1/market/candles",
            params={
                "symbol": self.get_trading_pair_format(trading_pair),
                "type": _word(interval),
                "startAt": start,
                "endAt": start + page,  # exclusive, and no own clock that may be wrong
            },
        )
        candles = [_candle(row) for row in reversed(_data(answer))]  # newest first there
        return candles[-limit:] if start_time is None else candles[:limit]


def _word(interval: str) -> str:
    return interval[:-1] + UNITS[interval[-1]]


def _data(answer: Any) -> Any:
    """Return the data of an answer: KuCoin reports errors with HTTP 200, too."""
    if not isinstance(answer, dict) or answer.get("code") != "200000":
        raise ValueError(f"KuCoin answered {answer!r}, expected code 200000")
    return answer["data"]


def _candle(row: list[str]) -> Candle:
    """Read open, CLOSE, high, low: the order is KuCoin's own."""
    return Candle(
        timestamp=int(row[0]),
        open=float(row[1]),
        close=float(row[2]),
        high=float(row[3]),
        low=float(row[4]),
        volume=float(row[5]),
        quote_asset_volume=float(row[6]),
    )
