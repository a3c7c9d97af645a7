"""Binance feeds on websocket-client in a thread, and on a loop of their own in a thread."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import requests
import websocket

REST_URL = "https://api.binance.com/api/v3/klines"
WS_URL = "wss://stream.binance.com:9443/ws"


@dataclass(frozen=True)
class Bar:
    timestamp: float
    open: float
    high: float
    low: float
    close: float
    volume: float


class Threaded:
    """Right: run_forever() in a thread, again and again, closed candles missed are fetched."""

    def __init__(
        self,
        trading_pair: str,
        interval: str,
        on_candle: Callable[[Any], object],
        on_update: Callable[[Any], object],
        on_status: Callable[[Any], object],
    ) -> None:
        self._symbol = trading_pair.replace("-", "")
        self._interval = interval
        self._tell = on_candle, on_update, on_status
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="candles", daemon=True)
        self._next = 0
        self._app: websocket.WebSocketApp | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._app is not None:
            self._app.close()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._app = websocket.WebSocketApp(
                WS_URL, on_open=self._opened, on_message=self._message, on_error=self._error
            )
            self._app.run_forever()
            self._stopped.wait(0.5)

    def _opened(self, app: Any) -> None:
        if self._stopped.is_set():  # meanwhile
            app.close()
            return
        stream = f"{self._symbol.lower()}@kline_{self._interval}"
        app.send(json.dumps({"method": "SUBSCRIBE", "params": [stream], "id": 1}))

    def _error(self, app: Any, error: BaseException) -> None:
        self._tell[2](error)

    def _message(self, app: Any, text: str) -> None:
        data = json.loads(text)
        if data.get("e") != "kline":
            return
        kline = data["k"]
        bar = Bar(kline["t"] / 1000, *(float(kline[key]) for key in "ohlcv"))
        self._tell[1](bar)
        if self._next and kline["t"] > self._next:
            self._fill(kline["t"])
        self._next = max(self._next, kline["t"])
        if kline["x"] and kline["t"] == self._next:
            self._tell[0](bar)
            self._next = kline["T"] + 1

    def _fill(self, until_ms: int) -> None:
        rows = requests.get(
            REST_URL,
            params={"symbol": self._symbol, "interval": self._interval,
                    "startTime": str(self._next), "endTime": str(until_ms - 1)},
            timeout=5,
        ).json()  # fmt: skip
        for row in rows:
            self._tell[0](Bar(row[0] / 1000, *map(float, row[1:6])))


class ThreadedOnce(Threaded):
    """Wrong: nobody calls run_forever() again."""

    def _run(self) -> None:
        self._app = websocket.WebSocketApp(
            WS_URL, on_open=self._opened, on_message=self._message, on_error=self._error
        )
        self._app.run_forever()


class ThreadedTellsOpenCandles(Threaded):
    """Wrong: every update is handed over as a closed candle."""

    def _message(self, app: Any, text: str) -> None:
        data = json.loads(text)
        if data.get("e") == "kline":
            kline = data["k"]
            self._tell[0](Bar(kline["t"] / 1000, *(float(kline[key]) for key in "ohlcv")))


class ThreadedGoesOn(Threaded):
    """Wrong: stop() ends the connection, and the thread makes another one."""

    def stop(self) -> None:
        if self._app is not None:
            self._app.close()


class Blocking(Threaded):
    """Right: start() itself runs for as long as the feed does."""

    def start(self) -> None:
        self._thread = threading.current_thread()
        self._run()

    def stop(self) -> None:
        self._stopped.set()
        if self._app is not None:
            self._app.close()


class OwnLoop(Threaded):
    """Right: asyncio.run() in a thread, with aiohttp."""

    def _run(self) -> None:
        asyncio.run(self._main())

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(5)

    async def _main(self) -> None:
        async with aiohttp.ClientSession() as session:
            while not self._stopped.is_set():
                try:
                    async with session.ws_connect(WS_URL) as socket:
                        await self._follow(socket)
                except (aiohttp.ClientError, OSError) as error:
                    self._tell[2](error)
                await asyncio.sleep(0.5)

    async def _follow(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        stream = f"{self._symbol.lower()}@kline_{self._interval}"
        await socket.send_json({"method": "SUBSCRIBE", "params": [stream], "id": 1})
        while not self._stopped.is_set():
            try:
                message = await socket.receive(timeout=0.3)
            except TimeoutError:
                continue
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            self._message(None, message.data)


class UvLoop(OwnLoop):
    """Right: the same on uvloop."""

    def _run(self) -> None:
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._main())


class ThreadWithoutSockets(Threaded):
    """A thread that opens no connection is no reason to leave virtual time."""

    def _run(self) -> None:
        while not self._stopped.is_set():
            time.sleep(0.01)


GOOD = ("Threaded", "Blocking", "OwnLoop", "UvLoop")
# defect -> the check that it fails
PROVE = {
    "ThreadedOnce": "RECON-01",
    "ThreadedTellsOpenCandles": "FINAL-02",
    "ThreadedGoesOn": "RECON-09",
}
