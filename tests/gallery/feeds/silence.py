"""Right feeds that meet silence in ways of their own. None of them may be flagged."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.contract import Reading
from conformance.driver.network_client import WebSocket
from tests.gallery.feeds.good import DemoFeed, KuCoinFeed, OKXFeed


class BridgesByRest(DemoFeed):
    """Asks REST for as long as the stream is silent, and stays on its connection.

    It tells its caller only when REST fails as well.
    """

    _bridging = False

    def _budget_s(self) -> float:
        return 30 if self._bridging else super()._budget_s()

    async def _stalled(self) -> bool:
        self._bridging, self._running = True, None
        return not await self._fill("silence")

    async def _take(self, reading: Reading) -> None:
        self._bridging = False
        await super()._take(reading)


class ToldByStart(DemoFeed):
    """Has no other word for a stall than an exception out of ``start()``."""

    async def start(self) -> None:
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await super().start()
        await self._over

    async def stop(self) -> None:
        if not self._over.done():
            self._over.set_result(None)
        await super().stop()

    async def _stalled(self) -> bool:
        if not self._over.done():
            self._over.set_exception(TimeoutError("no candle came"))
        return True

    def _note(self, text: str) -> None:
        if not text.startswith("stalled"):
            super()._note(text)


class SubscribesAnew(DemoFeed):
    """Asks for its stream again where it is, first, without a word."""

    _socket: WebSocket | None = None
    _asked = False

    async def _keep_alive(self, socket: WebSocket, *rest: Any) -> None:
        self._socket, self._asked = socket, False
        await super()._keep_alive(socket, *rest)

    async def _stalled(self) -> bool:
        if self._asked or self._socket is None:
            return True
        self._asked = True
        for payload in await self._subject.payloads(self._pair, self._interval):
            await self._socket.send(payload)
        return False


class WaitsTenMinutes(KuCoinFeed):
    """Knows nothing but a clock, and is in no hurry."""

    def _budget_s(self) -> float:
        return max(600.0, 1.5 * self._grid.length_ms / 1000)

    async def _stalled(self) -> bool:
        return True


class PingsBothWays(OKXFeed):
    """A library's ping frames besides the exchange's own pings."""

    async def _send_ping(self, socket: WebSocket, payload: Any) -> None:
        await super()._send_ping(socket, payload)
        await socket._socket.ping()


GOOD = {
    "BridgesByRest": "demo",
    "ToldByStart": "demo",
    "SubscribesAnew": "demo",
    "WaitsTenMinutes": "kucoin",
    "PingsBothWays": "okx",
}
