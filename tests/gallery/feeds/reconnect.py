"""Feeds that come back badly, or not at all."""

from __future__ import annotations

import asyncio
import random

import aiohttp

from conformance.driver.feed import Frames
from conformance.driver.network_client import WebSocket
from conformance.driver.pauses import Pauses
from tests.gallery.feeds.good import BinanceFeed, DemoFeed
from tests.gallery.feeds.many import BinanceManyFeed


async def for_ever() -> None:
    """Do nothing, until cancelled."""
    await asyncio.Event().wait()


class StopsWhenClosed(DemoFeed):
    """Takes the exchange's close for its own: sammchardy/python-binance#44."""

    async def _wait(self) -> None:
        if self.notes[-1].text == "connection ended, code 1000":
            await for_ever()
        await super()._wait()


class PausesOneSecond(DemoFeed):
    """Tries each second, however long it has been in vain."""

    async def _wait(self) -> None:
        await self._poll(max(self._now_ms() + 1000, self._connect_from_ms))


class ForgetsItsPausesWhenConnected(DemoFeed):
    """Takes a handshake that succeeds for a connection that is good."""

    async def _is_streamed(self) -> bool:
        client, connect = self._client, self._client.establish_ws_connection

        async def connected(url: str) -> WebSocket:
            socket = await connect(url)
            self._pauses.begin_again()
            return socket

        client.establish_ws_connection = connected  # type: ignore[method-assign]
        return await super()._is_streamed()


class GivesUpInSilence(DemoFeed):
    """Counts attempts; after the last one it is idle for ever: bmoscon/cryptofeed#124."""

    _attempts, _seen = 0, 0

    def _note(self, text: str) -> None:
        if not text.startswith("connection:"):
            super()._note(text)

    async def _wait(self) -> None:
        self._attempts = 0 if len(self.updates) > self._seen else self._attempts + 1
        self._seen = len(self.updates)
        if self._attempts > 15:
            await for_ever()
        await super()._wait()


class WaitsForItsConfirmation(DemoFeed):
    """Waits for the first message of a connection, and does not see that it has ended."""

    async def _read(self, socket: WebSocket, frames: Frames) -> None:
        first = await frames.get()
        if first is None:
            await for_ever()
        left: Frames = asyncio.Queue()
        left.put_nowait(first)
        passing = asyncio.create_task(_pass_on(frames, left))
        try:
            await super()._read(socket, left)
        finally:
            passing.cancel()


async def _pass_on(frames: Frames, left: Frames) -> None:
    while True:
        left.put_nowait(await frames.get())


class FillsOnlyAfterAFailure(BinanceFeed):
    """An end in good order needs no care, it thinks."""

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        ends = [note.text for note in self.notes if note.text.startswith("connection ended")]
        if ends and not ends[-1].endswith("1006"):
            return True
        return await super()._fill(why, since_ms)


class TakesARefusalForFinal(DemoFeed):
    """HTTP 403 at the handshake, and it never tries again."""

    _final = False

    def _met(self, error: Exception) -> None:
        super()._met(error)
        if isinstance(error, aiohttp.WSServerHandshakeError) and error.status == 403:
            self._final = True

    async def _wait(self) -> None:
        if self._final:
            await for_ever()
        await super()._wait()


class LeavesItsPingerBehind(DemoFeed):
    """Begins a task beside the reader, which stop() does not know."""

    async def start(self) -> None:
        self._beside = asyncio.create_task(self._ping_beside())
        await super().start()

    async def _ping_beside(self) -> None:
        while True:  # noqa: ASYNC110 - a pinger has nothing to wait for
            await asyncio.sleep(20)


class RunsOnAfterStop(DemoFeed):
    """Its start() runs as long as the feed, and longer."""

    async def start(self) -> None:
        await super().start()
        await for_ever()


class RisesAfterStop(DemoFeed):
    """A timer that would reconnect is not cancelled."""

    async def stop(self) -> None:
        await super().stop()
        loop = asyncio.get_running_loop()
        loop.call_later(60, lambda: loop.create_task(self._late()))

    async def _late(self) -> None:
        await self.start()
        await asyncio.sleep(5)
        await super().stop()


class KeepsATaskPerConnection(DemoFeed):
    """What watches a connection does not end with it: freqtrade/freqtrade#10933."""

    async def start(self) -> None:
        self._watching: list[asyncio.Task[None]] = []
        await super().start()

    async def _stream(self) -> None:
        self._watching.append(asyncio.create_task(for_ever()))
        await super()._stream()

    async def stop(self) -> None:
        await super().stop()
        for task in self._watching:
            task.cancel()


class SubscribesAgainAllAtOnce(BinanceManyFeed):
    """In batches at first, pair by pair after a reconnect: binance/binance-connector-go#90."""

    _connections = 0

    async def subscribe(self, socket: WebSocket) -> None:
        self._connections += 1
        self.batch = 50 if self._connections == 1 else 1
        await super().subscribe(socket)


class Lasting(Pauses):
    """Pauses that only grow."""

    def begin_again(self) -> None:
        """Do not."""


class NeverForgetsItsPauses(DemoFeed):
    """After one long outage every reconnect takes a minute: freqtrade/freqtrade#12596."""

    async def start(self) -> None:
        self._pauses = Lasting(random.Random(1))
        await super().start()


PROVE = {
    "StopsWhenClosed": ("RECON-02", "demo"),
    "PausesOneSecond": ("RECON-04", "demo"),
    "ForgetsItsPausesWhenConnected": ("RECON-04", "demo"),
    "GivesUpInSilence": ("RECON-05", "demo"),
    "WaitsForItsConfirmation": ("RECON-06", "demo"),
    "FillsOnlyAfterAFailure": ("RECON-07", "binance"),
    "TakesARefusalForFinal": ("RECON-08", "demo"),
    "LeavesItsPingerBehind": ("RECON-09", "demo"),
    "RunsOnAfterStop": ("RECON-09", "demo"),
    "RisesAfterStop": ("RECON-09", "demo"),
    "KeepsATaskPerConnection": ("RECON-10", "demo"),
    "SubscribesAgainAllAtOnce": ("RECON-11", "binance"),
    "NeverForgetsItsPauses": ("RECON-12", "demo"),
}
