"""A right feed of several pairs on one connection, written as a program of its own.

It subscribes in batches, fills by REST what it missed, and tells what it meets. Whoever
inherits from it to be wrong in one way overrides one small method.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import aiohttp

from conformance.contract import Reading, is_reply, read_candle
from conformance.driver.network_client import HttpError, NetworkClient, WebSocket, decode
from mock_exchanges.registry import create
from reference_adapters import BinanceAdapter, DemoAdapter

ACK_S = 10.0  # within which a subscription is confirmed, or brings something
STALL_S = 90.0  # beyond an interval, without a candle of a pair
LOOK_EVERY_S = 5.0
LONGEST_PAUSE_S = 60.0
SPACING_S = 0.2  # between REST requests
WAIT_S = 10.0  # where the exchange says "too many" and not for how long
FAILURES = (aiohttp.ClientError, HttpError, OSError, TimeoutError)


class Refused(Exception):
    """The exchange refuses a subscription."""


class Stalled(Exception):
    """Nothing comes on a stream."""


class DemoManyFeed:
    """Pairs of the guide's exchange."""

    adapter: type = DemoAdapter
    exchange = "demo"
    batch = 50  # channels in one message

    def __init__(
        self,
        trading_pairs: Sequence[str],
        interval: str,
        on_candle: Callable[..., object],
        on_update: Callable[..., object],
        on_status: Callable[[Any], object],
    ) -> None:
        self.pairs = list(trading_pairs)
        self.interval = interval
        self.on_candle, self.on_update, self.on_status = on_candle, on_update, on_status
        self.client = NetworkClient(lambda host: None)
        self.made = self.adapter(network_client=self.client)
        self.samples = create(self.exchange).samples
        self.grid = self.samples.meanings(interval)[0].grid
        first_ms = self.grid.floor(now_ms())
        # pair -> the open time of the next candle to pass on
        self.next_ms = dict.fromkeys(self.pairs, first_ms)
        # pair -> the running candle, and when its last update came
        self.running: dict[str, tuple[Reading, int]] = {}
        self.last_ms: dict[str, int] = {}
        self.fills: dict[str, asyncio.Task[None]] = {}
        self.quiet_until_ms = 0
        self.asking = asyncio.Lock()
        self.socket: WebSocket | None = None
        self.confirmed = False
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; it comes back at once."""
        self.task = asyncio.create_task(self.run())

    async def stop(self) -> None:
        """End everything."""
        tasks = [*self.fills.values(), *([self.task] if self.task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.client.close()

    async def unsubscribe(self, trading_pair: str) -> None:
        """Follow a pair no longer; the others go on."""
        self.forget(trading_pair)
        if self.socket is not None:
            await self.socket.send(self.request([trading_pair], "unsubscribe"))

    def forget(self, pair: str) -> None:
        """Drop what is known of a pair."""
        with suppress(ValueError):
            self.pairs.remove(pair)
        for kept in (self.running, self.last_ms, self.next_ms):
            kept.pop(pair, None)
        if (task := self.fills.pop(pair, None)) is not None:
            task.cancel()

    # -- connections

    async def run(self) -> None:
        """Connect, again and again, with growing pauses."""
        pause = 1.0
        while True:
            began_ms = now_ms()
            try:
                await self.calm()
                await self.connection()
                self.on_status("the connection ended")
            except (*FAILURES, Stalled) as error:
                self.on_status(error)
                self.obey(error)
            if now_ms() - began_ms > 60_000:
                pause = 1.0
            await self.pause(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def pause(self, seconds: float) -> None:
        """Wait before the next attempt."""
        await asyncio.sleep(seconds)

    async def connection(self) -> None:
        """Live through one connection."""
        self.socket = socket = await self.client.establish_ws_connection(self.made.get_ws_url())
        self.confirmed = False
        self.running.clear()
        watching = asyncio.create_task(self.watch(socket))
        try:
            await self.subscribe(socket)
            for pair in self.pairs:
                self.fill_soon(pair)
            while (text := await socket.receive()) is not None:
                await self.message(socket, text)
        finally:
            self.socket = None
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await socket.disconnect()
        if watching.done() and not watching.cancelled() and (error := watching.exception()):
            raise error

    async def subscribe(self, socket: WebSocket) -> None:
        """Subscribe to all pairs, in as few messages as may be."""
        self.last_ms = dict.fromkeys(self.pairs, now_ms())
        for start in range(0, len(self.pairs), self.batch):
            await socket.send(self.request(self.pairs[start : start + self.batch], "subscribe"))

    def request(self, pairs: Sequence[str], method: str) -> dict[str, Any]:
        """Return one request for several pairs."""
        each = [self.made.get_ws_subscription_payload(pair, self.interval) for pair in pairs]
        named = each[0]["method"]
        return {
            **each[0],
            "method": method.upper() if named.isupper() else method,
            "params": [channel for payload in each for channel in payload["params"]],
        }

    async def watch(self, socket: WebSocket) -> None:
        """End the connection when a pair stalls, or the subscription is never confirmed."""
        began_ms = now_ms()
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                if self.confirmed:
                    self.look()
                else:
                    self.unconfirmed(began_ms)
        except (Stalled, TimeoutError):
            closing = asyncio.create_task(socket.disconnect())
            with suppress(TimeoutError):
                await asyncio.wait_for(closing, 5)
            raise

    def unconfirmed(self, since_ms: int) -> None:
        """Raise TimeoutError if the subscription is not confirmed for too long."""
        if now_ms() - since_ms >= 1000 * ACK_S:
            raise TimeoutError(f"the subscription is not confirmed within {ACK_S:g} s")

    def look(self) -> None:
        """Raise Stalled if a pair has been silent for too long."""
        budget_ms = self.grid.length_ms + 1000 * STALL_S
        for pair, last_ms in self.last_ms.items():
            if now_ms() - last_ms > budget_ms:
                raise Stalled(f"no candle of {pair} for {(now_ms() - last_ms) / 1000:.0f} s")

    async def message(self, socket: WebSocket, text: str) -> None:
        """Take one message in."""
        data = decode(text)
        if not isinstance(data, dict):
            return
        if (why := self.samples.refuses(text)) is not None:
            self.refused(text, why)
        elif (pair := self.about(text)) is not None:
            self.confirmed = True
            try:
                candles = self.made.parse_ws_message(data) or ()
            except (TypeError, ValueError) as error:  # a candle without numbers is none
                self.on_status(error)
                return
            for candle in candles:
                self.take(pair, read_candle(candle))
        else:
            reply = self.made.parse_ws_message(data)
            if is_reply(reply):
                await socket.send(reply)
            elif "id" in data:
                self.confirmed = True

    def about(self, text: str) -> str | None:
        """Return the pair whose candles a message carries, also of one listed since."""
        if (known := self.samples.about(text)) is not None:
            return known[0]
        named = (p for p in self.pairs if f'"{self.made.get_trading_pair_format(p)}"' in text)
        return next(named, None)

    def refused(self, text: str, why: str) -> None:
        """Tell of a refusal, and go on without the pair that it names."""
        self.confirmed = True
        for pair in list(self.pairs):
            if self.made.get_trading_pair_format(pair) in text:
                self.forget(pair)
        self.on_status(Refused(why))

    # -- candles

    def take(self, pair: str, reading: Reading) -> None:
        """Take an update of a pair's running candle; one of the next candle closes it."""
        if pair not in self.next_ms:
            return
        self.last_ms[pair] = now_ms()
        self.on_update(pair, reading)
        open_ms = round(float(reading.timestamp) * 1000)
        self.client.heard_of(open_ms)
        if open_ms < self.next_ms[pair]:
            return
        if (running := self.running.get(pair)) is not None:
            before_ms = round(float(running[0].timestamp) * 1000)
            less = float(reading.volume) < float(running[0].volume)
            if open_ms < before_ms or (open_ms == before_ms and less):
                return  # older than what came before it
            whole = running[1] >= self.grid.next(before_ms)
            if open_ms > before_ms == self.next_ms[pair] and whole:
                self.close(pair, running[0])
        self.running[pair] = reading, self.there_ms()
        self.fill_soon(pair)

    def close(self, pair: str, reading: Reading) -> None:
        """Pass a closed candle on."""
        self.next_ms[pair] = self.grid.next(round(float(reading.timestamp) * 1000))
        self.on_candle(pair, reading)

    def missing(self, pair: str) -> bool:
        """Return whether candles of a pair closed that the stream will not bring."""
        if pair not in self.next_ms:
            return False
        if (running := self.running.get(pair)) is not None:
            return self.next_ms[pair] < round(float(running[0].timestamp) * 1000)
        return self.grid.next(self.next_ms[pair]) <= self.there_ms()

    def there_ms(self) -> int:
        """Return the exchange's time, whatever the own clock says."""
        return now_ms() + self.client.ahead_ms

    # -- REST

    def fill_soon(self, pair: str) -> None:
        """Begin to fetch what is missing of a pair, unless that is under way."""
        if self.missing(pair) and (pair not in self.fills or self.fills[pair].done()):
            self.fills[pair] = asyncio.create_task(self.fill(pair))

    async def fill(self, pair: str) -> None:
        """Fetch until nothing is missing; what the exchange does not have stays a hole."""
        empty, pause = 0, 1.0
        while self.missing(pair):
            before_ms = self.next_ms[pair]
            try:
                async with self.asking:
                    await self.calm()
                    rows = await self.fetch(pair)
                    await self.spaced()
                found = sorted(map(read_candle, rows), key=lambda row: float(row.timestamp))
            except (*FAILURES, TypeError, ValueError) as error:
                self.on_status(error)
                self.obey(error)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
                continue
            for row in found:
                open_ms = round(float(row.timestamp) * 1000)
                closed = self.grid.next(open_ms) <= self.there_ms()
                if closed and open_ms >= self.next_ms[pair]:
                    self.close(pair, row)
            empty = empty + 1 if self.next_ms[pair] == before_ms else 0
            if empty == 3 and pair in self.running:
                running_ms = round(float(self.running[pair][0].timestamp) * 1000)
                self.on_status(f"{pair} has no candles from {before_ms} to {running_ms}")
                self.next_ms[pair] = running_ms
            elif empty:
                await asyncio.sleep(2.0 * empty)

    async def fetch(self, pair: str) -> Sequence[Any]:
        """Ask REST for candles of a pair from the next one on."""
        rows: Sequence[Any] = await self.made.fetch_rest_candles(
            pair, self.interval, self.next_ms[pair] // 1000, 500
        )
        return rows

    async def spaced(self) -> None:
        """Leave time between two requests."""
        await asyncio.sleep(SPACING_S)

    async def calm(self) -> None:
        """Wait as long as the exchange has said to."""
        await asyncio.sleep(max(0, self.quiet_until_ms - now_ms()) / 1000)

    def obey(self, error: BaseException) -> None:
        """Remember for how long the exchange wants to hear nothing."""
        headers = getattr(error, "headers", None) or {}
        if getattr(error, "status", 0) in (418, 429):
            wait_s = float(headers.get("Retry-After", WAIT_S))
            self.quiet_until_ms = max(self.quiet_until_ms, now_ms() + round(1000 * wait_s) + 500)


class BinanceManyFeed(DemoManyFeed):
    """Pairs of Binance."""

    adapter, exchange = BinanceAdapter, "binance"


def now_ms() -> int:
    """Return the time, epoch milliseconds."""
    return round(time.time() * 1000)


GOOD = {"DemoManyFeed": "demo", "BinanceManyFeed": "binance"}
