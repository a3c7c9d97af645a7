"""KuCoin by aiohttp of its own, and by httpx; candles with slots."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from typing import Any

import aiohttp
import httpx

BASE = "https://api.kucoin.com"
TYPES = {"1m": "1min", "5m": "5min", "15m": "15min", "1h": "1hour", "1d": "1day", "1w": "1week"}
SECONDS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400, "1w": 604_800}


class Row:
    """A candle with slots."""

    __slots__ = ("close", "high", "low", "open", "timestamp", "volume")

    def __init__(self, row: list[str]) -> None:
        self.timestamp = int(row[0])
        self.open, self.close, self.high, self.low, self.volume = (float(v) for v in row[1:6])


class KuCoinByAiohttp:
    """1, 4, 5, 6, 7, 10, 11, 12, 13: a session for each request; the pings are left to the host."""

    def __init__(self, network_client: Any = None) -> None:
        self._ignored = network_client

    def get_trading_pair_format(self, trading_pair: str) -> str:
        return trading_pair

    def get_supported_intervals(self) -> dict[str, int]:
        return SECONDS.copy()

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "1h", "1d"]

    async def _call(self, method: str, path: str, **query: Any) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, BASE + path, params=query) as answer,
        ):
            answer.raise_for_status()
            said = await answer.json()
        if said["code"] != "200000":
            raise RuntimeError(f"KuCoin: {said['code']} {said.get('msg')}")
        return said["data"]

    async def get_ws_url(self) -> str:
        data = await self._call("POST", "/api/v1/bullet-public")
        server = data["instanceServers"][0]
        return f"{server['endpoint']}?token={data['token']}&connectId={uuid.uuid4()}"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        return {
            "id": int(time.time() * 1000),
            "type": "subscribe",
            "topic": f"/market/candles:{trading_pair}_{TYPES[interval]}",
            "response": True,
            "note": "candles",
        }

    def parse_ws_message(self, data: Any) -> tuple[Row, ...]:
        if data.get("type") != "message" or "candles" not in data.get("data", ()):
            return ()
        return (Row(data["data"]["candles"]),)

    def _query(self, pair: str, interval: str, start: int | None) -> dict[str, Any]:
        seconds, now = SECONDS[interval], int(time.time())
        # a clock that is wrong must not cut the newest off
        first = now - 1500 * seconds + 1 if start is None else int(start)
        return {"symbol": pair, "type": TYPES[interval], "startAt": max(first, 1),
                "endAt": max(first, 1) + 1500 * seconds}  # fmt: skip

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 200
    ) -> list[Row]:
        if not 1 <= limit <= 1500:
            raise ValueError(f"limit is {limit}, expected 1 to 1500")
        query = self._query(trading_pair, interval, start_time)
        rows = await self._call("GET", "/api/v1/market/candles", **query)
        return self._cut(rows, start_time, limit)

    @staticmethod
    def _cut(rows: Any, start: int | None, limit: int) -> list[Row]:
        candles = sorted(map(Row, rows), key=lambda candle: candle.timestamp)
        return candles[-limit:] if start is None else candles[:limit]


class KuCoinBothWays(KuCoinByAiohttp):
    """2, 5, 14: a blocking fetch beside the other, a generator, no times before 2001."""

    def parse_ws_message(self, data: Any) -> Generator[Row, None, None]:  # type: ignore[override]
        yield from super().parse_ws_message(data)

    def fetch_rest_candles_synchronous(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 200
    ) -> list[Row]:
        if start_time is not None and start_time < 978_307_200:
            raise OverflowError("before 2001")
        if not 1 <= limit <= 1500:
            raise ValueError(f"limit is {limit}, expected 1 to 1500")
        query = self._query(trading_pair, interval, start_time)
        answer = httpx.get(f"{BASE}/api/v1/market/candles", params=query, timeout=30)
        answer.raise_for_status()
        said = answer.json()
        if said["code"] != "200000":
            raise RuntimeError(said["msg"])
        return self._cut(said["data"], start_time, limit)


class KuCoinRestOnly(KuCoinByAiohttp):
    """3, 9: no WebSocket, two intervals."""

    def get_ws_supported_intervals(self) -> list[str]:
        raise NotImplementedError

    def get_supported_intervals(self) -> dict[str, int]:
        return {"1m": 60, "1h": 3600}
