"""Candles from Coinbase Advanced Trade: the adapter to copy from.

Documents: https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

REST_URL = "https://api.coinbase.com/api/v3/brokerage/market/products/{}/candles"
WS_URL = "wss://advanced-trade-ws.coinbase.com"

# A longer range is refused, not cut; both ends count. The documents say 350, and one less is
# right whichever way the ends are counted.
PAGE = 349
# so many pages without a candle, one after the other, end a search
EMPTY_PAGES = 2

# interval -> seconds
INTERVALS = {
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "30m": 1800,
    "1h": 3600,
    "2h": 7200,
    "4h": 14400,
    "6h": 21600,
    "1d": 86400,
}
GRANULARITIES = {
    "1m": "ONE_MINUTE",
    "5m": "FIVE_MINUTE",
    "15m": "FIFTEEN_MINUTE",
    "30m": "THIRTY_MINUTE",
    "1h": "ONE_HOUR",
    "2h": "TWO_HOUR",
    "4h": "FOUR_HOUR",
    "6h": "SIX_HOUR",
    "1d": "ONE_DAY",
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


class CoinbaseAdapter:
    """Coinbase spot candles: five minutes by WebSocket, every interval by REST.

    Whoever holds the connection should also subscribe it to ``heartbeats``: without them
    Coinbase ends it when a quiet pair has nothing to say for a minute or so.
    """

    def __init__(self, network_client: Any = None) -> None:
        self._network_client = network_client

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        """Return Coinbase's product id, which is the standard name: ``BTC-USD``."""
        return trading_pair

    def get_supported_intervals(self) -> dict[str, int]:
        """Return interval -> seconds."""
        return dict(INTERVALS)

    def get_ws_supported_intervals(self) -> list[str]:
        """Return the one streamed interval; a granularity in the payload would be ignored."""
        return ["5m"]

    def get_ws_url(self) -> str:
        """Return the URL; candles need no token."""
        return WS_URL

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        """Subscribe; this has to be sent within five seconds of connecting."""
        return {
            "type": "subscribe",
            "product_ids": [self.get_trading_pair_format(trading_pair)],
            "channel": "candles",
        }

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        """Return the candles of a snapshot (many, oldest first, with gaps) or an update (one).

        A candle is final when one with a later timestamp has come; nothing else says so.
        """
        if data.get("channel") != "candles":
            return None  # acknowledgements, heartbeats, errors
        rows = [row for event in data["events"] for row in event["candles"]]
        return sorted(map(_candle, rows), key=lambda candle: candle.timestamp)

    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 500,
        network_client: Any = None,
    ) -> list[Candle]:
        """Return up to ``limit`` candles from ``start_time`` (seconds) on, or the newest.

        An interval without trades has no candle, so the newest may be fewer. The running
        candle may be the last. Raises ValueError for a limit below 1 or an answer that is
        none, and what the network client raises for a failed request.
        """
        if limit < 1:
            raise ValueError(f"limit is {limit}, expected at least 1")
        client = network_client or self._network_client
        step, now = INTERVALS[interval], int(time.time())
        start = now - limit * step if start_time is None else int(start_time)
        start = -(-start // step) * step  # a start inside an interval leaves that one out
        candles: list[Candle] = []
        # Idle intervals have no candle, so a page may be short; but where whole pages are
        # empty there is nothing to look for, such as before the listing.
        empty = 0
        while start <= now and len(candles) < limit and empty < EMPTY_PAGES:
            answer = await client.get_rest_data(
                REST_URL.format(self.get_trading_pair_format(trading_pair)),
                params={
                    "granularity": GRANULARITIES[interval],
                    "start": start,
                    "end": start + (PAGE - 1) * step,
                },
            )
            if not isinstance(answer, dict) or not isinstance(answer.get("candles"), list):
                raise ValueError(f"Coinbase answered {answer!r}, expected candles")
            page = map(_candle, answer["candles"])  # newest first
            empty = 0 if answer["candles"] else empty + 1
            candles += sorted(page, key=lambda candle: candle.timestamp)
            start += PAGE * step
        return candles[:limit]


def _candle(row: dict[str, Any]) -> Candle:
    return Candle(
        timestamp=int(row["start"]),
        open=float(row["open"]),
        high=float(row["high"]),
        low=float(row["low"]),
        close=float(row["close"]),
        volume=float(row["volume"]),
    )
