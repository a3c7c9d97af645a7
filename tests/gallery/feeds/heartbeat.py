"""Feeds that are wrong in how they keep a connection alive, or do not see that it is dead."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable
from typing import Any

from conformance.driver.feed import Frames
from conformance.driver.network_client import NetworkClient, WebSocket
from reference_adapters import KuCoinAdapter
from tests.gallery.feeds.good import CoinbaseFeed, KuCoinFeed, OKXFeed, now_ms


class SendsNoPings(OKXFeed):
    """Half a minute without data, and it is cut off: veighna-global/vnpy_okx#18."""

    async def _keep_alive(self, *_: Any) -> None:
        pass


class LeavesHeartbeatsOut(CoinbaseFeed):
    """Subscribes to candles alone: a quiet product ends the connection, ccxt/ccxt#22892."""

    async def _keep_alive(self, *_: Any) -> None:
        pass


class PingsOnlyWhenIdle(KuCoinFeed):
    """Takes data for a sign that it is heard, too: sammchardy/python-kucoin#56."""

    async def _send_ping(self, socket: WebSocket, payload: Any) -> None:
        if now_ms() - self._heard_ms >= 10_000:
            await super()._send_ping(socket, payload)


class NeverLooksForPongs(KuCoinFeed):
    """Pings, and takes the pongs for granted."""

    async def _ping(
        self, socket: WebSocket, frames: Frames, payload: Callable[[int], Any], every_s: float
    ) -> None:
        for number in itertools.count(1):
            await asyncio.sleep(every_s)
            await socket.send(payload(number))


class ReadsPongsAsJson(OKXFeed):
    """Every message is JSON, it thinks, until the first ``pong``."""

    async def _pump(self, socket: WebSocket, frames: Frames) -> None:
        try:
            while (text := await socket.receive()) is not None:
                json.loads(text)
                self._heard_ms = now_ms()
                frames.put_nowait(text)
        except ValueError as error:
            self._note(f"bad message: {error}")
        frames.put_nowait(None)


class _OwnPeriod(KuCoinAdapter):
    async def get_ws_url(self) -> str:
        url = await super().get_ws_url()
        self.ws_ping_interval = 18.0
        return url


class PingsByAConstant(KuCoinFeed):
    """The period of the day on which it was written: ccxt/ccxt#14557."""

    def made(self, client: NetworkClient) -> Any:
        return _OwnPeriod(network_client=client)


class PingsForEveryConnection(OKXFeed):
    """Begins to ping with every connection, and never ends."""

    _pingers = 0

    async def _keep_alive(self, *given: Any) -> None:
        self._pingers += 1
        await super()._keep_alive(*given)

    async def _send_ping(self, socket: WebSocket, payload: Any) -> None:
        for _ in range(self._pingers):
            await super()._send_ping(socket, payload)


class PingsByFrames(OKXFeed):
    """Leaves it to its library's heartbeat: Kucoin/kucoin-python-sdk#89."""

    async def _ping(
        self, socket: WebSocket, frames: Frames, payload: Callable[[int], Any], every_s: float
    ) -> None:
        while True:
            await asyncio.sleep(15)
            await socket._socket.ping()


PROVE = {
    "SendsNoPings": ("HB-02", "okx"),
    "LeavesHeartbeatsOut": ("HB-02", "coinbase"),
    "PingsOnlyWhenIdle": ("HB-03", "kucoin"),
    "NeverLooksForPongs": ("HB-04", "kucoin"),
    "ReadsPongsAsJson": ("HB-05", "okx"),
    "PingsByAConstant": ("HB-06", "kucoin"),
    "PingsForEveryConnection": ("HB-07", "okx"),
    "PingsByFrames": ("HB-08", "okx"),
}
