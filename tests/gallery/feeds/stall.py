"""Feeds that do not see a dead stream, or take a quiet one for dead."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.contract import Reading
from tests.gallery.feeds.good import DemoFeed, KuCoinFeed, now_ms
from tests.gallery.feeds.many import DemoManyFeed, Stalled

NEVER_S = 1e9


class WaitsForEver(DemoFeed):
    """A read without a time limit: sammchardy/python-binance#1057, ccxt/ccxt#27532."""

    async def _stalled(self) -> bool:
        return False


class LooksOnlyWhenSomethingComes(DemoFeed):
    """Compares times as messages come; on a dead line none does: ccxt/ccxt#22412."""

    def _patience_s(self) -> float:
        silent_s = (now_ms() - self._last_ms) / 1000
        return 0 if silent_s > self._budget_s() else NEVER_S


class ClockStartsWithTheFirstCandle(DemoFeed):
    """Times what comes after the first candle alone: bmoscon/cryptofeed#226."""

    def _patience_s(self) -> float:
        return NEVER_S if self._running is None else super()._patience_s()


class AnyStreamWillDo(DemoManyFeed):
    """One clock for all streams of a connection: freqtrade/freqtrade#11725."""

    def look(self) -> None:
        newest_ms = max(self.last_ms.values(), default=now_ms())
        self.last_ms = dict.fromkeys(self.last_ms, newest_ms)
        super().look()


class SaysNothingOfSilence(DemoFeed):
    """Connects anew, again and again, and keeps it to itself."""

    _silent = False

    async def _stalled(self) -> bool:
        self._silent = True
        return await super()._stalled()

    async def _take(self, reading: Reading) -> None:
        self._silent = False
        await super()._take(reading)

    def _note(self, text: str) -> None:
        if not self._silent:
            super()._note(text)


class HastyWatchdog(KuCoinFeed):
    """Half a minute without a candle is too long for it: bmoscon/cryptofeed#223."""

    def _budget_s(self) -> float:
        return 30

    async def _stalled(self) -> bool:
        return True


class OneLimitForAllIntervals(DemoFeed):
    """Ten minutes, for candles of a minute as of an hour."""

    def _budget_s(self) -> float:
        return 600


class WantsAFirstCandleSoon(KuCoinFeed):
    """Takes a subscription without a candle in a minute for one that failed."""

    def _budget_s(self) -> float:
        return 60 if self._last_ms == self._opened_ms else super()._budget_s()

    async def _stalled(self) -> bool:
        return self._last_ms == self._opened_ms or await super()._stalled()


class SuspectsTheQuietOne(DemoManyFeed):
    """A pair that is silent while others speak must be dead, it thinks."""

    def look(self) -> None:
        super().look()
        lively = any(now_ms() - last_ms < 10_000 for last_ms in self.last_ms.values())
        for pair, last_ms in self.last_ms.items():
            if lively and now_ms() - last_ms > 45_000:
                raise Stalled(f"no candle of {pair}, while others have some")


class CriesAllTheTime(DemoFeed):
    """Its clock is set by nothing that comes: JKorf/CryptoExchange.Net#68."""

    _crying: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await super().start()
        self._crying = asyncio.create_task(self._cry())

    async def stop(self) -> None:
        if self._crying is not None:
            self._crying.cancel()
            await asyncio.gather(self._crying, return_exceptions=True)
        await super().stop()

    async def _cry(self) -> None:
        while True:
            await asyncio.sleep(60)
            warning: Any = TimeoutError("no data for 60 s")
            self._tell[2](warning)


PROVE = {
    "WaitsForEver": ("STALL-01", "demo"),
    "LooksOnlyWhenSomethingComes": ("STALL-02", "demo"),
    "ClockStartsWithTheFirstCandle": ("STALL-03", "demo"),
    "AnyStreamWillDo": ("STALL-04", "demo"),
    "SaysNothingOfSilence": ("STALL-05", "demo"),
    "HastyWatchdog": ("STALL-01Q", "kucoin"),
    "OneLimitForAllIntervals": ("STALL-02Q", "demo"),
    "WantsAFirstCandleSoon": ("STALL-03Q", "kucoin"),
    "SuspectsTheQuietOne": ("STALL-04Q", "demo"),
    "CriesAllTheTime": ("STALL-05Q", "demo"),
}
