"""OKX by httpx, in plain dicts; and by requests, blocking, newest first."""

from __future__ import annotations

import datetime
import time
import uuid
from typing import Any, NamedTuple

import httpx
import requests

BASE = "https://www.okx.com"
# name -> (bar, seconds)
BARS: dict[str, tuple[str, int]] = {
    "1m": ("1m", 60), "3m": ("3m", 180), "5m": ("5m", 300), "15m": ("15m", 900),
    "1h": ("1H", 3600), "4h": ("4H", 14_400), "1d": ("1Dutc", 86_400), "1w": ("1Wutc", 604_800),
}  # fmt: skip


class Refused(Exception):
    """OKX says no, with HTTP 200."""


class OKXByHttpx:
    """1, 4, 5, 6, 9, 10, 11, 12, 13, 15: dicts, None, a uuid, another port, its own client."""

    get_ws_url = staticmethod(lambda: "wss://ws.okx.com/ws/v5/business")

    def get_trading_pair_format(self, trading_pair: str) -> str:
        return trading_pair.upper()

    def get_supported_intervals(self) -> dict[str, int]:
        return {name: seconds for name, (_, seconds) in BARS.items()}

    def get_ws_supported_intervals(self) -> tuple[str, ...]:
        return ("1m", "5m", "1h", "1d")

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> list[dict[str, Any]]:
        arg = {"channel": "candle" + BARS[interval][0], "instId": trading_pair}
        return [{"id": uuid.uuid4().hex[:32], "op": "subscribe", "args": [arg]}]

    def parse_ws_message(self, data: Any) -> list[dict[str, float]] | None:
        if not isinstance(data, dict) or data.get("event") or "data" not in data:
            return None
        channel = data.get("arg", {}).get("channel", "")
        if not channel.startswith("candle"):
            return None
        return [self._row(row) for row in data["data"]]

    @staticmethod
    def _row(row: Any) -> Any:
        names = ("open", "high", "low", "close", "volume")
        candle = {name: float(value) for name, value in zip(names, row[1:6], strict=True)}
        return {"timestamp": int(row[0]) / 1000, **candle}

    @staticmethod
    def _request(
        pair: str, interval: str, start: int | None, limit: int
    ) -> tuple[str, dict[str, str]]:
        bar, seconds = BARS[interval]
        if not 1 <= limit <= 300:
            raise ValueError(f"limit is {limit}: OKX gives 1 to 300 in one answer")
        query = {"instId": pair, "bar": bar, "limit": str(limit)}
        path = "candles"
        if start is not None:
            query |= {"before": str(int(start) * 1000 - 1),
                      "after": str((int(start) + limit * seconds) * 1000)}  # fmt: skip
            if start < time.time() - 1400 * seconds:
                path = "history-candles"
        return f"{BASE}/api/v5/market/{path}", query

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 100
    ) -> list[Any]:
        url, query = self._request(trading_pair, interval, start_time, limit)
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.get(url, params=query)
        return self._read(answer.raise_for_status().json())

    @classmethod
    def _read(cls, answer: Any) -> list[Any]:
        if answer["code"] != "0":
            raise Refused(answer["msg"])
        return [cls._row(row) for row in answer["data"][::-1]]


class Plain(NamedTuple):
    """A named tuple."""

    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class OKXBlocking(OKXByHttpx):
    """2, 8, 14, 16: REST by requests, in a method that says that it blocks; newest first."""

    fetch_rest_candles = None  # type: ignore[assignment]

    @staticmethod
    def _row(row: Any) -> Any:
        return Plain(int(row[0]) // 1000, *map(float, row[1:6]))

    def fetch_rest_candles_synchronous(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 100
    ) -> list[Any]:
        if start_time is not None:
            if start_time < 978_307_200:
                raise ValueError("before 2001")
            datetime.datetime.fromtimestamp(start_time, datetime.UTC)
        url, query = self._request(trading_pair, interval, start_time, limit)
        time.sleep(0.2)
        answer = requests.get(url, params=query, timeout=30)
        answer.raise_for_status()
        return self._read(answer.json())[::-1]


class OKXRestOnly(OKXByHttpx):
    """3: no streams, and no payload for them."""

    def get_ws_supported_intervals(self) -> tuple[str, ...]:
        return ()

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> Any:
        raise NotImplementedError
