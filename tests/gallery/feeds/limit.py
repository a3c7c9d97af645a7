"""Feeds that ask too much, or do not do as they are told when they did."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from conformance.driver.feed import Frames
from conformance.driver.network_client import WebSocket
from tests.gallery.feeds.good import DemoFeed, OKXFeed
from tests.gallery.feeds.many import DemoManyFeed


class OneRequestForEachCandle(DemoManyFeed):
    """Fetches candle by candle, and all pairs at the same time."""

    async def fetch(self, pair: str) -> Sequence[Any]:
        rows: Sequence[Any] = await self.made.fetch_rest_candles(
            pair, self.interval, self.next_ms[pair] // 1000, 1
        )
        return rows

    async def spaced(self) -> None:
        pass


class RetriesAtOnce(DemoManyFeed):
    """Has pauses of its own after an error, and does not read what the answer says."""

    def obey(self, error: BaseException) -> None:
        if not hasattr(error, "body"):  # a handshake's answer is obeyed
            super().obey(error)


class ConnectsWhileBanned(DemoManyFeed):
    """Only the part that asks REST hears of bans."""

    def obey(self, error: BaseException) -> None:
        if hasattr(error, "body"):
            super().obey(error)


class AsksAgainUntilSomethingComes(DemoFeed):
    """Subscribes again, and again, as long as no candle comes."""

    async def _read(self, socket: WebSocket, frames: Frames) -> None:
        asking = asyncio.create_task(self._ask(socket))
        try:
            await super()._read(socket, frames)
        finally:
            asking.cancel()

    async def _ask(self, socket: WebSocket) -> None:
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(30)
                seen = len(self.updates)
                await asyncio.sleep(20)
                while len(self.updates) == seen:
                    for payload in await self._subject.payloads(self._pair, self._interval):
                        await socket.send(payload)
                    await asyncio.sleep(0.02)


class TakesRefusalsForNoCandles(OKXFeed):
    """An answer with HTTP 200 is a good one, it thinks, and has no candles in it."""

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        answered = await super()._fill(why, since_ms)
        refused = self.errors and isinstance(self.errors[-1].error, ValueError)
        if not answered and refused and self._running is not None:
            self._next_ms = round(float(self._running.timestamp) * 1000)
        return answered


class AsksAgainAfterASecond(OKXFeed):
    """Right: what the exchange refuses for now is asked for again on the same connection."""

    wait_s = 1.0

    async def _read(self, socket: WebSocket, frames: Frames) -> None:
        self._socket, self._again = socket, set[asyncio.Task[None]]()
        try:
            await super()._read(socket, frames)
        finally:
            for task in self._again:
                task.cancel()

    def _hear_refusal(self, why: str | None) -> None:
        super()._hear_refusal(why)
        if why is not None and "60014" in why:
            task = asyncio.create_task(self._ask())
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _ask(self) -> None:
        await asyncio.sleep(self.wait_s)
        for payload in await self._subject.payloads(self._pair, self._interval):
            await self._socket.send(payload)


class AsksAgainWhenLimited(AsksAgainAfterASecond):
    """What the exchange refuses for now is asked for again, now."""

    wait_s = 0.0


class WaitsForTheLimitToEnd(OKXFeed):
    """The exchange will begin to send, it thinks, when it has the time; until then all is well."""

    _limited = False

    def _hear_refusal(self, why: str | None) -> None:
        if why is not None and "60014" in why:
            self._limited = True
        else:
            super()._hear_refusal(why)

    async def _stalled(self) -> bool:
        return not self._limited and await super()._stalled()


class EndsWhereNoJsonComes(DemoFeed):
    """Nobody catches what the JSON parser raises, and nobody hears of it."""

    async def _run(self) -> None:
        with suppress(SystemError):
            await super()._run()

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        answered = await super()._fill(why, since_ms)
        if self.errors and isinstance(self.errors[-1].error, ValueError):
            raise SystemError("an error that nobody expected") from self.errors[-1].error
        return answered


PROVE = {
    "OneRequestForEachCandle": ("LIMIT-01", "demo"),
    "RetriesAtOnce": ("LIMIT-02", "demo"),
    "ConnectsWhileBanned": ("LIMIT-03", "demo"),
    "AsksAgainUntilSomethingComes": ("LIMIT-04", "demo"),
    "TakesRefusalsForNoCandles": ("LIMIT-05", "okx"),
    "AsksAgainWhenLimited": ("LIMIT-07", "okx"),
    "WaitsForTheLimitToEnd": ("LIMIT-07", "okx"),
    "EndsWhereNoJsonComes": ("LIMIT-06", "demo"),
}

GOOD = {"AsksAgainAfterASecond": "okx"}
