"""Correct adapters in unusual styles. None of them may be flagged, under strict neither.

The number in each docstring is the point of the list of what a check must not flag
(docs/contract.md).
"""

from __future__ import annotations

import asyncio
import decimal
import json
import logging
import os
import random
import threading
import time
import urllib.parse
import urllib.request
import uuid
import warnings
from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import aiohttp
import httpx
import requests

from reference_adapters import BinanceAdapter, KuCoinAdapter, OKXAdapter
from reference_adapters.binance import INTERVALS, MAX_LIMIT, REST_URL, Candle


class Bar(NamedTuple):
    """A candle of its own kind: exact decimals, no extra fields."""

    timestamp: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


class StaticAndExact:
    """1, 5, 10: no instance state at all, NamedTuples of Decimals, a tuple of candles."""

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        return "".join(trading_pair.split("-"))

    @classmethod
    def get_supported_intervals(cls) -> MappingProxyType[str, float]:
        return MappingProxyType({name: float(seconds) for name, seconds in INTERVALS.items()})

    @classmethod
    def get_ws_supported_intervals(cls) -> tuple[str, ...]:
        return tuple(INTERVALS)

    @staticmethod
    def get_ws_url() -> str:
        return "wss://stream.binance.com:443/ws"

    @classmethod
    def get_ws_subscription_payload(cls, trading_pair: str, interval: str) -> str:
        name = f"{cls.get_trading_pair_format(trading_pair).lower()}@kline_{interval}"
        return json.dumps({"id": str(uuid.uuid4()), "method": "SUBSCRIBE", "params": [name]})

    @staticmethod
    def parse_ws_message(data: Any) -> tuple[Bar, ...]:
        if data.get("e") != "kline":
            return ()
        k = data["k"]
        return (Bar(k["t"] // 1000, *(Decimal(k[key]) for key in "ohlcv")),)

    @staticmethod
    async def fetch_rest_candles(
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 100,
        *,
        network_client: Any,
    ) -> list[Bar]:
        """4: insists on the network client."""
        if limit > MAX_LIMIT:
            raise NotImplementedError("one page only")
        rows = await network_client.get_rest_data(
            REST_URL,
            {
                "symbol": trading_pair.replace("-", ""),
                "interval": interval,
                "limit": limit,
                "startTime": start_time and start_time * 1000,
            },
        )
        return [Bar(row[0] // 1000, *map(Decimal, row[1:6])) for row in rows]


class SlotsAndGenerator(BinanceAdapter):
    """1, 5, 16: ``__slots__``, candles as dicts out of a generator, chatty logging."""

    __slots__ = ("_log",)

    def __init__(self) -> None:
        super().__init__()
        self._log = logging.getLogger(__name__)

    def parse_ws_message(self, data: dict[str, Any]) -> Iterator[dict[str, float]]:  # type: ignore[override]
        self._log.debug("got %s", data)
        for candle in super().parse_ws_message(data) or ():
            yield {name: getattr(candle, name) for name in Candle.__dataclass_fields__}


class SetsThingsUp(BinanceAdapter):
    """16: a logger with its handler, a variable for its library, a seed, a daemon thread."""

    def __init__(self) -> None:
        super().__init__()
        logging.basicConfig(level=logging.INFO)
        logging.getLogger(__name__).addHandler(logging.NullHandler())
        warnings.simplefilter("ignore", ResourceWarning)
        os.environ["FAIR_LIBRARY_CACHE"] = "0"
        random.seed(7)
        self._stopped = threading.Event()
        threading.Thread(target=self._stopped.wait, args=(0.5,), daemon=True).start()

    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        with decimal.localcontext() as context:
            context.prec = 9
            return super().parse_ws_message(data)


class SynchronousOnly(BinanceAdapter):
    """2, 4: REST by a blocking library, in a method that says so."""

    fetch_rest_candles = None  # type: ignore[assignment]

    def fetch_rest_candles_synchronous(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 500
    ) -> list[Candle]:
        if limit > MAX_LIMIT:
            raise ValueError(f"limit is {limit}, expected at most {MAX_LIMIT}")
        query: dict[str, str | int] = {
            "symbol": trading_pair.replace("-", ""), "interval": interval, "limit": limit
        }  # fmt: skip
        if start_time is not None:
            query["startTime"] = start_time * 1000
        answer = requests.get(REST_URL, params=query, timeout=10)
        answer.raise_for_status()
        return [_candle(row) for row in answer.json()]


class BlockingInAnExecutor(BinanceAdapter):
    """2: an async method around a blocking call, in a thread."""

    async def fetch_rest_candles(  # type: ignore[override]
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 500,
        **_: Any,
    ) -> list[Candle]:
        query: dict[str, Any] = {
            "symbol": trading_pair.replace("-", ""),
            "interval": interval,
            "limit": limit,
        }
        if limit > MAX_LIMIT:
            raise ValueError("too many")
        if start_time is not None:
            query["startTime"] = start_time * 1000

        def get() -> Any:
            url = f"{REST_URL}?{urllib.parse.urlencode(query)}"
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)

        rows = await asyncio.get_running_loop().run_in_executor(None, get)
        return [_candle(row) for row in rows]


class AsksInAThread(BinanceAdapter):
    """2: a blocking call before it has its URL, in a thread."""

    async def get_ws_url(self) -> str:  # type: ignore[override]
        await asyncio.to_thread(requests.get, "https://api.binance.com/api/v3/ping", timeout=10)
        return super().get_ws_url()


class OwnHttpClient(BinanceAdapter):
    """2, 4, 8: both kinds of fetch with its own httpx; newest first, running candle left out."""

    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 500
    ) -> list[Candle]:
        async with httpx.AsyncClient(timeout=20) as client:
            answer = await client.get(REST_URL, params=self._query(trading_pair, interval,
                                                                  start_time, limit))  # fmt: skip
        return self._closed(answer, interval)

    def fetch_rest_candles_synchronous(
        self, trading_pair: str, interval: str, start_time: int | None = None, limit: int = 500
    ) -> list[Candle]:
        with httpx.Client(timeout=20) as client:
            answer = client.get(
                REST_URL, params=self._query(trading_pair, interval, start_time, limit)
            )
        return self._closed(answer, interval)

    @staticmethod
    def _query(pair: str, interval: str, start_time: int | None, limit: int) -> dict[str, Any]:
        if limit > MAX_LIMIT:
            raise ValueError("too many")
        query = {"symbol": pair.replace("-", ""), "interval": interval, "limit": limit}
        return query if start_time is None else {**query, "startTime": start_time * 1000}

    @staticmethod
    def _closed(answer: httpx.Response, interval: str) -> list[Candle]:
        answer.raise_for_status()
        rows = [row for row in answer.json() if row[6] < time.time() * 1000]
        return [_candle(row) for row in reversed(rows)]


class RestOnlyWithEmptyList(BinanceAdapter):
    """3, 14: no WebSocket, said with an empty list; refuses times before 2001."""

    def get_ws_supported_intervals(self) -> list[str]:
        return []

    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, **rest: Any
    ) -> list[Candle]:
        if start_time is not None and start_time < 978_307_200:
            raise ValueError(f"start_time is {start_time}: before 2001")
        return await super().fetch_rest_candles(trading_pair, interval, start_time, **rest)


class RestOnlyNotImplemented:
    """3: no WebSocket, said with NotImplementedError, over aiohttp of its own, paging."""

    def get_trading_pair_format(self, trading_pair: str) -> str:
        return trading_pair.replace("-", "")

    def get_supported_intervals(self) -> dict[str, int]:
        return {"1m": 60, "5m": 300, "1d": 86_400}

    def get_ws_supported_intervals(self) -> list[str]:
        raise NotImplementedError

    def get_ws_url(self) -> str:
        raise NotImplementedError

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        raise NotImplementedError

    def parse_ws_message(self, data: Any) -> None:
        raise NotImplementedError

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: float | None = None, limit: int = 500
    ) -> list[SimpleNamespace]:
        """Pages beyond the exchange's limit, and waits as long as a 429 or 418 says."""
        found: list[SimpleNamespace] = []
        start = None if start_time is None else int(start_time * 1000)
        async with aiohttp.ClientSession() as session:
            while len(found) < limit:
                query: dict[str, Any] = {
                    "symbol": self.get_trading_pair_format(trading_pair),
                    "interval": interval,
                    "limit": min(1000, limit - len(found)),
                }
                if start is not None:
                    query["startTime"] = start
                async with session.get(REST_URL, params=query) as answer:
                    if answer.status in (418, 429):
                        await asyncio.sleep(float(answer.headers["Retry-After"]))
                        continue
                    answer.raise_for_status()
                    rows = await answer.json()
                found += [_space(row) for row in rows]
                if start is None or not rows:
                    break
                start = rows[-1][6] + 1
        return found


class CombinedStream(BinanceAdapter):
    """7, 15: the wrapped kind of stream, on the market-data host; a key that is ignored."""

    async def get_ws_url(self) -> str:  # type: ignore[override]
        await asyncio.sleep(0.2)
        return "wss://data-stream.binance.vision/stream"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "id": int(time.time() * 1000), "comment": "candles, please"}

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        if "stream" not in data or "@kline_" not in data["stream"]:
            return None
        return super().parse_ws_message(data["data"])


class SubscribesInItsUrl(BinanceAdapter):
    """9, 15: one market, subscribed by the URL; nothing harmful is sent."""

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m"]

    def get_ws_url(self) -> str:
        return "wss://stream.binance.com/stream?streams=btcusdt@kline_1m"

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> list[Any]:  # type: ignore[override]
        return []


class ConstantId(BinanceAdapter):
    """6, 13: the same id every time; payloads in a list; fewer intervals than there are."""

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "5m", "1h"]

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> list[Any]:  # type: ignore[override]
        return [{**super().get_ws_subscription_payload(trading_pair, interval), "id": None}]


class SlowWithBackgroundTask(BinanceAdapter):
    """16: takes its time, on its own clock, and keeps a task that ends with it."""

    _beats = 0

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(30)
            self._beats += 1

    async def get_ws_url(self) -> str:  # type: ignore[override]
        if self._beats == 0:
            self._task = asyncio.create_task(self._beat())
            self._beats = 1
        await asyncio.sleep(3)
        return super().get_ws_url()

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        await asyncio.sleep(1.5)
        return await super().fetch_rest_candles(*args, **kwargs)


class PassesOverQuietFrames(BinanceAdapter):
    """A policy: candles without trades are left to REST."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        return [c for c in candles if c.n_trades] if candles else None


class LowerCaseSymbols(BinanceAdapter):
    """The symbol as stream names have it, put in capitals for REST."""

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        return trading_pair.replace("-", "").lower()

    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 500,
        network_client: Any = None,
    ) -> list[Candle]:
        if limit > MAX_LIMIT:
            raise ValueError("too many")
        query = {"symbol": trading_pair.replace("-", "").upper(), "interval": interval,
                 "limit": limit, "startTime": None if start_time is None else start_time * 1000,
                 }  # fmt: skip
        rows = await network_client.get_rest_data(REST_URL, params=query)
        return [_candle(row) for row in rows]


class SmallPages(BinanceAdapter):
    """8: it takes up to 150 candles at once, refuses more, and gives the newest first."""

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 150, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        if not 1 <= limit <= 150:
            raise PageTooLarge(f"{limit} candles at once are too many, ask for 150 at most")
        rows = await super().fetch_rest_candles(
            trading_pair, interval, start_time, limit, network_client
        )
        return rows[::-1]


class PageTooLarge(Exception):
    """An adapter's own word for a limit that it does not take."""


class OKXSmallPages(OKXAdapter):
    """8: half of what OKX gives is enough for it."""

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 50, network_client: Any = None,
    ) -> list[Any]:  # fmt: skip
        if limit > 50:
            raise ValueError(f"limit is {limit}, expected 50 at most")
        return await super().fetch_rest_candles(
            trading_pair, interval, start_time, limit, network_client
        )


class OKXDaysOfItsZone(OKXAdapter):
    """9: days, weeks and months of UTC+8, by stream and REST alike; OKX has both."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        for arg in payload["args"]:
            arg["channel"] = arg["channel"].replace("utc", "")
        return payload

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 100, network_client: Any = None,
    ) -> list[Any]:  # fmt: skip
        class InTheZone:
            async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
                zoned = {**params, "bar": params["bar"].replace("utc", "")}
                return await network_client.get_rest_data(url, params=zoned)

        return await super().fetch_rest_candles(
            trading_pair, interval, start_time, limit, InTheZone()
        )


class KuCoinKeepsATokenWhileItIsGood(KuCoinAdapter):
    """A token is good for a day: one that is half a day old need not be thrown away."""

    _got = 0.0
    _url = ""

    async def get_ws_url(self) -> str:
        if time.time() - self._got > 12 * 3600:
            self._url, self._got = await super().get_ws_url(), time.time()
        return self._url


def _candle(row: list[Any]) -> Candle:
    if not isinstance(row, list):
        raise ValueError(f"row is {row!r}")
    opened, high, low, close, volume = (float(value) for value in row[1:6])
    return Candle(row[0] // 1000, opened, high, low, close, volume)


def _space(row: list[Any]) -> SimpleNamespace:
    opened, *numbers = row[:6]
    names = ("open", "high", "low", "close", "volume")
    return SimpleNamespace(
        timestamp=opened / 1000,
        **{name: float(value) for name, value in zip(names, numbers, strict=True)},
    )


FAIR = (
    StaticAndExact,
    SlotsAndGenerator,
    SynchronousOnly,
    BlockingInAnExecutor,
    AsksInAThread,
    OwnHttpClient,
    RestOnlyWithEmptyList,
    RestOnlyNotImplemented,
    CombinedStream,
    SubscribesInItsUrl,
    ConstantId,
    SlowWithBackgroundTask,
    PassesOverQuietFrames,
    LowerCaseSymbols,
    SmallPages,
    SetsThingsUp,
)

# right adapters of other exchanges
FAIR_ELSEWHERE = {
    OKXDaysOfItsZone: "okx",
    OKXSmallPages: "okx",
    KuCoinKeepsATokenWhileItIsGood: "kucoin",
}
