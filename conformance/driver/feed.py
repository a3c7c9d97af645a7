"""A feed made of a passive adapter: candles out, whatever happens to the connection.

What a good host program does around an adapter: ask for a new URL for every
connection, subscribe, hand frames to the parser, send back what it asks to, poll
REST while there is no stream, fill by REST what was missed, pass each closed candle
on once and in order. What the adapter returned is kept as it came before any of it.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, Final, Protocol

from conformance.contract import Reading, Unreadable, read_candle
from conformance.driver.deadline import Deadline
from conformance.driver.filling import GRACE_MS, PAGE, Filling
from conformance.driver.network_client import (
    NetworkClient,
    WebSocket,
    decode,
    is_plain,
    told_to_wait,
)
from conformance.driver.pauses import Pauses
from conformance.subject import AdapterRaised, NoWebSocket, Subject
from mock_exchanges.core.calendar import Grid

# seconds a host waits after an interval's end before it asks REST for its candle
SETTLE_S = 2.0
# seconds without a candle, beyond one interval, after which a stream counts as stalled
STALL_S = 90.0
# how many times longer, at most, after REST has confirmed silence upon silence
QUIET_MARKET = 4
# how many times longer where idle intervals have no candle, and REST does not tell either
IDLE_MARKET = 8
# intervals that REST is asked for again though it had nothing: its latest candles may come late
SEEN_AGAIN = 5
# pings in a row after which nothing at all came, and the connection counts as dead
UNANSWERED = 2


class Silence(Enum):
    """What stands among the frames where nothing came for too long."""

    TOO_LONG = "too long"


SILENCE: Final = Silence.TOO_LONG
# what has come, in order; None at the end of the connection
Frames = asyncio.Queue[str | Silence | None]


class Care(Protocol):
    """How a good host keeps a connection alive where the adapter leaves it to the host."""

    @property
    def flat(self) -> bool:
        """Whether candles come for intervals without trades too."""

    @property
    def rest_limit(self) -> int:
        """The most candles one REST request gives."""

    @property
    def ping_every_s(self) -> float:
        """Seconds between pings; 0 for none."""

    def opening(self) -> Sequence[str]:
        """Return what to send once after subscribing."""

    def ping(self, number: int) -> str:
        """Return the n-th ping."""

    def refuses(self, answer: str) -> str | None:
        """Return the error text if a message refuses a request, else None."""


class AdapterFeed(Filling):
    """Drives one adapter for one pair and interval. `start` it, read `candles`, `stop` it."""

    def __init__(
        self,
        subject: Subject,
        client: NetworkClient,
        pair: str,
        interval: str,
        grid: Grid,
        now_ms: Callable[[], int],
        seed: int = 1,
        history: int = 3,
        care: Care | None = None,
    ) -> None:
        page = PAGE if care is None else min(PAGE, care.rest_limit)
        super().__init__(subject, client, pair, interval, grid, now_ms, seed, history, page)
        self.updates: list[Reading] = []
        self._pauses = Pauses(random.Random(seed))
        self._care = care
        self._task: asyncio.Task[None] | None = None
        self._running: Reading | None = None
        self._running_at_ms = 0
        # how often in a row REST has confirmed a silence, and the exchange's time of the last
        self._confirmed, self._quiet_ms = 0, self._next_ms
        # when something came last, a candle came last, and the connection came to be
        self._heard_ms = self._last_ms = self._opened_ms = 0
        # when a stall was suspected last
        self._suspected_ms = 0

    async def start(self) -> None:
        """Begin to connect, or to poll where the interval is not streamed."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End everything; no task or connection is left."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        streamed = await self._is_streamed()
        await self._fill("history")
        while True:
            if not streamed:
                due = self._grid.next(self._grid.floor(self._there_ms()))
                await self._poll(due - self._client.ahead_ms)
                continue
            seen = len(self.updates)
            try:
                await self._stream()
            except NoWebSocket as reason:
                streamed = False
                self._note(f"no stream: {reason}")
                continue
            except Exception as error:
                self._met(error)
            self._running = None
            if len(self.updates) > seen:
                self._pauses.begin_again()
            await self._wait()

    async def _is_streamed(self) -> bool:
        """Ask the adapter whether the interval is streamed; if it cannot tell, it is polled."""
        try:
            return self._interval in await self._subject.streamed()
        except (NoWebSocket, AdapterRaised) as reason:
            self._note(f"no stream: {reason}")
            return False

    def _met(self, error: Exception) -> None:
        """Keep and tell what ended a connection, or kept it from coming about."""
        if isinstance(error, AdapterRaised):
            self.errors.append(error)
        if (told := told_to_wait(error)) is not None:
            self._connect_from_ms = self._now_ms() + round(told.wait_s * 1000) + GRACE_MS
            if isinstance(error, AdapterRaised):  # a token, by REST
                self._ask_from_ms = self._connect_from_ms
        if isinstance(error, (AdapterRaised, Unreadable)):
            self._note(f"adapter: {error}")
        else:
            self._note(f"connection: {type(error).__name__}: {error}")

    async def _wait(self) -> None:
        """Wait before the next connection, polling REST meanwhile."""
        wait_s = max(self._pauses.next(), (self._connect_from_ms - self._now_ms()) / 1000)
        self._note(f"reconnects in {wait_s:.1f} s")
        await self._poll(self._now_ms() + round(wait_s * 1000))
        while self._now_ms() < self._connect_from_ms:  # REST has told so meanwhile
            await self._poll(self._connect_from_ms)

    async def _poll(self, until_ms: int) -> None:
        """Wait until a time of the own clock; ask REST for each candle that closes meanwhile."""
        settle_ms = round(SETTLE_S * 1000)
        while True:
            closes_ms = self._grid.next(self._grid.floor(self._there_ms()))
            due_ms = closes_ms - self._client.ahead_ms + settle_ms
            if due_ms > until_ms + settle_ms:
                await asyncio.sleep(max(0, until_ms - self._now_ms()) / 1000)
                return
            await asyncio.sleep((due_ms - self._now_ms()) / 1000)
            await self._fill("poll")

    async def _stream(self) -> None:
        url = await self._subject.ws_url()
        socket = await self._client.establish_ws_connection(url)
        # frames are taken in at once, so that pings are answered while a fill is under way
        frames: Frames = asyncio.Queue()
        self._heard_ms = self._last_ms = self._opened_ms = self._now_ms()
        self._confirmed = 0
        tasks = [asyncio.create_task(self._pump(socket, frames))]
        try:
            self._note(f"connected to {url}")
            login = await self._optional("get_ws_auth_payload")
            if login is not None:
                await socket.send(login)
            for payload in await self._subject.payloads(self._pair, self._interval):
                await socket.send(payload)
            await self._keep_alive(socket, frames, tasks)
            await self._fill("after connecting")
            await self._read(socket, frames)
        finally:
            # tasks first: a close may wait long for its answer, and be cancelled meanwhile
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await socket.disconnect()
            self._note(f"connection ended, code {socket.close_code}")

    async def _optional(self, name: str) -> Any:
        value = self._subject.optional(name)
        if not inspect.isawaitable(value):
            return value
        try:
            return await value
        except Exception as error:
            raise AdapterRaised(name, error) from error

    async def _keep_alive(
        self, socket: WebSocket, frames: Frames, tasks: list[asyncio.Task[None]]
    ) -> None:
        """Begin what the exchange asks of a client, in the adapter's way if it has one."""
        if (ping := await self._optional("get_ws_ping_payload")) is not None:
            every_s = float(await self._optional("ws_ping_interval") or 20)
            pinging = self._ping(socket, frames, lambda _: ping, every_s)
            tasks.append(asyncio.create_task(pinging))
        elif self._care is not None:
            for text in self._care.opening():
                await socket.send(text)
            if self._care.ping_every_s:
                pinging = self._ping(socket, frames, self._care.ping, self._care.ping_every_s)
                tasks.append(asyncio.create_task(pinging))

    async def _ping(
        self,
        socket: WebSocket,
        frames: Frames,
        payload: Callable[[int], Any],
        every_s: float,
    ) -> None:
        """Ping; give the connection up when nothing at all comes any more."""
        unanswered = 0
        for number in itertools.count(1):
            asked_ms = self._now_ms()
            await asyncio.sleep(every_s)
            unanswered = 0 if number == 1 or self._heard_ms >= asked_ms else unanswered + 1
            if unanswered >= UNANSWERED:
                self._note(f"no answer to {unanswered} pings")
                frames.put_nowait(None)
                return
            await self._send_ping(socket, payload(number))

    async def _send_ping(self, socket: WebSocket, payload: Any) -> None:
        """Send one ping."""
        await socket.send(payload)

    async def _pump(self, socket: WebSocket, frames: Frames) -> None:
        """Take frames in as they come; None when the connection has ended."""
        while (text := await socket.receive()) is not None:
            self._heard_ms = self._now_ms()
            if not is_plain(text):  # a pong need wake nobody
                frames.put_nowait(text)
        frames.put_nowait(None)

    async def _read(self, socket: WebSocket, frames: Frames) -> None:
        silence = Deadline(lambda: frames.put_nowait(SILENCE))
        try:
            await self._take_frames(socket, frames, silence)
        finally:
            silence.stop()

    async def _take_frames(self, socket: WebSocket, frames: Frames, silence: Deadline) -> None:
        while True:
            if frames.empty():
                silence.set(self._patience_s())
            text = await frames.get()
            silence.clear()
            if text is SILENCE:
                self._suspected_ms = self._now_ms()
                if await self._stalled():
                    silent_s = (self._now_ms() - self._last_ms) / 1000
                    self._note(f"stalled: no candle for {silent_s:.0f} s")
                    return
                continue
            if text is None:
                return
            data = decode(text)
            if isinstance(data, str):  # plain text is the host's, not the parser's
                continue
            parsed = await self._subject.parse(data)
            if parsed.reply is not None:
                await socket.send(parsed.reply)
            if not parsed.candles and self._care is not None:
                self._hear_refusal(self._care.refuses(text))
            for candle in parsed.candles:
                self._last_ms, self._confirmed = self._now_ms(), 0
                await self._take(read_candle(candle))

    def _hear_refusal(self, why: str | None) -> None:
        """Tell of a message in which the exchange refuses a request."""
        if why is not None:
            self._note(f"the exchange refuses: {why}")

    def _budget_s(self) -> float:
        """Return after how many seconds without a candle a stall is suspected."""
        usual_s = self._grid.length_ms / 1000 + STALL_S
        return usual_s * min(1 + self._confirmed, QUIET_MARKET)

    def _patience_s(self) -> float:
        """Return for how many more seconds to wait for a frame: suspicion comes again and again."""
        since_ms = max(self._last_ms, self._suspected_ms)
        return self._budget_s() - (self._now_ms() - since_ms) / 1000

    async def _stalled(self) -> bool:
        """Return whether a silence is a stall, rather than a market in which nothing is traded.

        Where idle intervals have no candle, REST knows: it has what the stream kept back.
        """
        if self._care is None or self._care.flat:
            return True
        before, running = len(self.candles), self._running
        # what REST had nothing of before is not asked for again, but for the latest of it
        since_ms = self._grid.back(self._grid.floor(self._quiet_ms), SEEN_AGAIN)
        there_ms = self._there_ms()
        if not await self._fill("silence", since_ms):
            silent_ms = self._now_ms() - self._last_ms
            return silent_ms >= IDLE_MARKET * (self._grid.length_ms + STALL_S * 1000)
        self._confirmed, self._quiet_ms = self._confirmed + 1, there_ms
        for item in self.candles[before:]:
            if running is None:
                kept_back = item.open_ms >= self._opened_ms + self._there_ms() - self._now_ms()
            else:
                same = item.reading.timestamp == running.timestamp
                kept_back = not same or item.reading.volume != running.volume
            if kept_back:
                return True
        return False

    async def _take(self, reading: Reading) -> None:
        """Take an update of the running candle; an update of the next one closes it."""
        self.updates.append(reading)
        open_ms = round(float(reading.timestamp) * 1000)
        self._client.heard_of(open_ms)
        if open_ms < self._next_ms or self._is_overtaken(reading):
            return  # passed on already, or older
        if self._running is not None:
            running_ms = round(float(self._running.timestamp) * 1000)
            if open_ms > running_ms == self._next_ms:
                if self._running_at_ms >= self._grid.next(running_ms):
                    self._emit(self._running, "stream")
                else:  # its last update is older than its end, so it is not the whole candle
                    self._note(f"the end of {running_ms // 1000} did not come")
        if open_ms > self._next_ms:
            await self._close_gap(open_ms)
        self._running, self._running_at_ms = reading, self._there_ms()

    def _is_overtaken(self, reading: Reading) -> bool:
        """Return whether an update is older than one that came before it.

        Within a candle volume only grows, whatever the exchange says of time or of a close; of
        an earlier candle than the running one nobody knows whether it is the last word.
        """
        if self._running is None:
            return False
        ahead_s = float(reading.timestamp) - float(self._running.timestamp)
        less = float(reading.volume) < float(self._running.volume)
        return ahead_s < 0 or (ahead_s == 0 and less)
