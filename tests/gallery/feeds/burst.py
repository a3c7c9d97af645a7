"""Feeds that lose or delay candles when much comes at once, or in pieces."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conformance.contract import Reading
from conformance.driver.feed import Frames
from conformance.driver.network_client import WebSocket, decode
from tests.gallery.feeds.good import DemoFeed
from tests.gallery.feeds.many import DemoManyFeed, now_ms


class KeepsOneMessageOfAnInstant(DemoManyFeed):
    """Updates its view a few times in a second at most, and passes over the rest."""

    async def start(self) -> None:
        self._taken_ms: dict[str, int] = {}
        await super().start()

    async def message(self, socket: WebSocket, text: str) -> None:
        data = decode(text)
        if data.get("type") == "candle":
            if now_ms() - self._taken_ms.get(data["symbol"], 0) < 200:
                return
            self._taken_ms[data["symbol"]] = now_ms()
        await super().message(socket, text)


class KeepsEveryMessage(DemoManyFeed):
    """For a log that is written when it ends."""

    async def start(self) -> None:
        self.heard: list[str] = []
        await super().start()

    async def message(self, socket: WebSocket, text: str) -> None:
        self.heard.append(text)
        await super().message(socket, text)


class TakesItsTimeForEachCandle(DemoManyFeed):
    """Writes candles to a store, one after the other, before it hands them over."""

    _free_s = 0.0

    async def stop(self) -> None:
        for handle in self._waiting:
            handle.cancel()
        await super().stop()

    async def start(self) -> None:
        self._waiting: list[asyncio.TimerHandle] = []
        await super().start()

    def close(self, pair: str, reading: Reading) -> None:
        tell, self.on_candle = self.on_candle, lambda *_: None
        super().close(pair, reading)
        self.on_candle = tell
        loop = asyncio.get_running_loop()
        self._free_s = max(self._free_s, loop.time()) + 4
        self._waiting.append(loop.call_at(self._free_s, tell, pair, reading))


class ReadsFramesForMessages(DemoFeed):
    """Takes each WebSocket frame for a message."""

    async def start(self) -> None:
        self._client.establish_ws_connection = FramesAlone.open  # type: ignore[method-assign]
        await super().start()


class FramesAlone:
    """A connection that knows frames, and no messages."""

    def __init__(self, made: ClientConnection) -> None:
        self._made = made
        self._frames: deque[str] = deque()

    @classmethod
    async def open(cls, url: str) -> Any:
        return cls(await connect(url, compression=None, ping_interval=None))

    @property
    def close_code(self) -> int | None:
        return self._made.protocol.close_code

    async def send(self, payload: Any) -> None:
        await WebSocket.send(self, payload)  # type: ignore[arg-type]

    async def send_str(self, text: str) -> None:
        await self._made.send(text)

    @property
    def _socket(self) -> FramesAlone:
        return self

    async def receive(self) -> str | None:
        if not self._frames:
            try:
                async for frame in self._made.recv_streaming():
                    self._frames.append(str(frame))
            except ConnectionClosed:
                return None
        return self._frames.popleft() if self._frames else None

    async def disconnect(self) -> None:
        await self._made.close()


class ReadsSmallMessages(DemoFeed):
    """No message is larger than 64 KiB, it thinks, as none ever was."""

    async def start(self) -> None:
        self._http = aiohttp.ClientSession()
        self._client.establish_ws_connection = self._open  # type: ignore[method-assign]
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        await self._http.close()

    async def _open(self, url: str) -> WebSocket:
        return WebSocket(await self._http.ws_connect(url, max_msg_size=65_536))


class CutsMessagesOff(DemoFeed):
    """Has a buffer of a fixed size, and does not look whether a message is longer."""

    async def _pump(self, socket: WebSocket, frames: Frames) -> None:
        while (text := await socket.receive()) is not None:
            self._heard_ms = self._now_ms()
            if len(text) <= 65_536:  # what is cut off is no JSON, and passed over
                frames.put_nowait(text)
        frames.put_nowait(None)


PROVE = {
    "KeepsOneMessageOfAnInstant": ("LOAD-01", "demo"),
    "TakesItsTimeForEachCandle": ("LOAD-02", "demo"),
    "KeepsEveryMessage": ("LOAD-04", "demo"),
    "ReadsFramesForMessages": ("LOAD-03", "demo"),
    "ReadsSmallMessages": ("LOAD-03", "demo"),
    "CutsMessagesOff": ("LOAD-03", "demo"),
}
