"""Feeds that lose candles, each in one way."""

from __future__ import annotations

import asyncio

from conformance.contract import Reading
from tests.gallery.feeds.good import BinanceFeed, DemoFeed, KuCoinFeed


class TakesTheNextCandleAsItComes(DemoFeed):
    """Does not compare a candle's open time with the end of the one before."""

    async def _close_gap(self, open_ms: int) -> None:
        self._next_ms = open_ms

    def _note(self, text: str) -> None:
        if not text.startswith("the end of"):
            super()._note(text)


class ReadsHistoryFirst(BinanceFeed):
    """Right: it hands over some candles of before its start."""

    async def start(self) -> None:
        self._next_ms = self._grid.back(self._next_ms, 20)
        await super().start()


class TakesTheStreamFromWhereItBegins(ReadsHistoryFirst):
    """What closed between history and stream is lost: ccxt/ccxt#25699."""

    _connections = 0

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        self._connections += why == "after connecting"
        if why == "after connecting" and self._connections == 1:
            return True
        return await super()._fill(why, since_ms)

    async def _close_gap(self, open_ms: int) -> None:
        if self._connections == 1 and len(self.updates) == 1:
            self._next_ms = open_ms
        else:
            await super()._close_gap(open_ms)


class FillsQuietIntervalsWithNought(KuCoinFeed):
    """Where the exchange has no candle it makes one up, of zeros."""

    def _leave_hole(self, open_ms: int) -> None:
        for idle_ms in self._grid.opens(self._next_ms, open_ms):
            self._emit(Reading(idle_ms // 1000, 0.0, 0.0, 0.0, 0.0, 0.0), "rest")


class TriesTheBackfillOnce(DemoFeed):
    """Goes on with the stream when REST fails, and says so."""

    async def _close_gap(self, open_ms: int) -> None:
        await self._fill("gap")
        if open_ms > self._next_ms:
            self._leave_hole(open_ms)


class FillsOnePageAndTellsTheRest(DemoFeed):
    """Asks for one page, and tells from when to when candles are missing."""

    def _after_page(self, asked_ms: int, count: int) -> int:
        if count == self._page:
            self._leave_hole(self._grid.floor(self._there_ms()))
            return self._next_ms
        return super()._after_page(asked_ms, count)


class LooksForTheHoleForEver(DemoFeed):
    """Hands over nothing that does not follow on what came: hummingbot/hummingbot#7086."""

    def _fill_in(self, reading: Reading, now_ms: int) -> None:
        if round(float(reading.timestamp) * 1000) == self._next_ms:
            super()._fill_in(reading, now_ms)

    def _leave_hole(self, open_ms: int) -> None:
        """It has to be somewhere."""


class AsksUntilHistoryReachesNow(KuCoinFeed):
    """Asks for history each second until its last candle is the present one's neighbour.

    freqtrade/freqtrade#13479: where idle intervals have no candle, that is never.
    """

    _asking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._next_ms = self._grid.back(self._next_ms, 20)
        await super().start()
        self._asking = asyncio.create_task(self._reach_now())

    async def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await super().stop()

    async def _reach_now(self) -> None:
        while self._next_ms < self._grid.floor(self._there_ms()):
            await asyncio.sleep(1)
            await self._fill("history")


class TakesAFailureForALoss(KuCoinFeed):
    """What could not be asked for counts as lost, whether or not there was something."""

    def _note(self, text: str) -> None:
        if text.startswith("fill (after connecting) failed"):
            text = f"candles from {self._next_ms // 1000} on are lost: {text}"
        super()._note(text)


class TakesAnEmptyPageForALoss(KuCoinFeed):
    """A full page without candles counts as candles that are lost."""

    def _after_page(self, asked_ms: int, count: int) -> int:
        if count == self._page and self._next_ms <= asked_ms:
            self._note(f"{count} candles from {asked_ms // 1000} on are lost")
        return super()._after_page(asked_ms, count)


GOOD = {"ReadsHistoryFirst": "binance"}

PROVE = {
    "TakesTheNextCandleAsItComes": ("GAP-02", "demo"),
    "TakesTheStreamFromWhereItBegins": ("GAP-03", "binance"),
    "FillsQuietIntervalsWithNought": ("GAP-04", "kucoin"),
    "TriesTheBackfillOnce": ("GAP-05", "demo"),
    "FillsOnePageAndTellsTheRest": ("GAP-06", "demo"),
    "LooksForTheHoleForEver": ("GAP-07", "demo"),
    "AsksUntilHistoryReachesNow": ("GAP-03Q", "kucoin"),
    "TakesAFailureForALoss": ("GAP-05Q", "kucoin"),
    "TakesAnEmptyPageForALoss": ("GAP-06Q", "kucoin"),
}
