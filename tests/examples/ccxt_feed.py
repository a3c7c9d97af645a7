"""ccxt.pro's watch_ohlcv as a feed: what a program that follows candles with ccxt usually does.

pytest --feed tests.examples.ccxt_feed:CcxtFeed --exchange binance
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ccxt.pro


@dataclass(frozen=True)
class Candle:
    timestamp: float
    open: float
    high: float
    low: float
    close: float
    volume: float


class CcxtFeed:
    """Candles of one pair on Binance spot. A candle is closed when a later one comes."""

    def __init__(
        self,
        trading_pair: str,
        interval: str,
        on_candle: Callable[[Candle], object],
        on_update: Callable[[Candle], object],
        on_status: Callable[[object], object],
    ) -> None:
        self._symbol = trading_pair.replace("-", "/")
        self._interval = interval
        self._on_candle, self._on_update, self._on_status = on_candle, on_update, on_status
        self._exchange = ccxt.pro.binance({"options": {"fetchMarkets": {"types": ["spot"]}}})
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._exchange.close()

    async def _follow(self) -> None:
        running: Candle | None = None
        while True:
            try:
                rows: list[list[Any]] = await self._exchange.watch_ohlcv(
                    self._symbol, self._interval
                )
            except ccxt.NetworkError as error:
                self._on_status(error)
                await asyncio.sleep(1)
                continue
            for row in rows:
                candle = Candle(row[0] / 1000, *row[1:6])
                self._on_update(candle)
                if running is not None and candle.timestamp > running.timestamp:
                    self._on_candle(running)
                if running is None or candle.timestamp >= running.timestamp:
                    running = candle
