"""The user's own feed under judgement: made, started, listened to, stopped."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from conformance.contract import Reading, Unreadable, read_candle
from conformance.loading import Factory
from conformance.process.blame import Blame
from conformance.subject import AdapterRaised, said
from conformance.verdict import shortened
from conformance.watched import Emitted, Note

# what a feed is asked for, by a framework's names: the first that the exchange streams
USUAL_INTERVALS = ("1m", "5m")

# virtual seconds within which start() and stop() come back
PATIENCE_S = 900.0
# virtual seconds after stop() within which a start() that runs as long as the feed comes back
GRACE_S = 30.0
# characters of a status that are kept
_SAID = 2000


class UserFeed:
    """A feed that connects by itself, as `conformance.watched.Watched`.

    Its maker is given by name what it asks for: ``trading_pair`` (or ``trading_pairs``),
    ``interval``, and functions to call: ``on_candle`` with each closed candle,
    ``on_update`` with each state of the running one, ``on_status`` with a text, or the
    exception, where the caller is told of something. A feed of several pairs gives the
    pair before the candle.
    """

    def __init__(
        self,
        factory: Factory,
        pairs: Sequence[str],
        interval: str,
        first_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self.first_ms = first_ms
        self.candles: list[Emitted] = []
        self.updates: list[Reading] = []
        self.notes: list[Note] = []
        # whether its start() ran on after its stop() had come back
        self.lingers = False
        # what it handed over that is no candle
        self.unreadable: list[Unreadable] = []
        self._factory = factory
        self._pairs = pairs
        self._interval = interval
        self._now_ms = now_ms
        self._feed: Any = None
        self._running: asyncio.Task[Any] | None = None

    async def start(self) -> None:
        """Make and start the feed. Raises AdapterRaised for what either raises.

        A ``start`` that runs as long as the feed does is run in a task of its own; what it
        raises then counts as told to the caller.
        """
        offers = {
            "trading_pair": self._pairs[0],
            "trading_pairs": list(self._pairs),
            "interval": self._interval,
            "on_candle": self._on_candle,
            "on_update": self._on_update,
            "on_status": self._on_status,
        }
        blame = Blame()
        try:
            self._feed = self._factory.make(offers)
            if inspect.isawaitable(self._feed):
                self._feed = await self._feed
            started = await self.call("start", self._feed.start)
        except BaseException as error:
            if not blame.falls(error):
                raise
            raise AdapterRaised("start", error) from error
        if inspect.isawaitable(started):
            self._running = asyncio.ensure_future(started)
            self._running.add_done_callback(self._ended)
            await asyncio.sleep(0)

    async def stop(self) -> None:
        """Stop the feed. Raises AdapterRaised for what that raises, or if it never comes back."""
        if self._feed is None:
            return
        blame = Blame()
        try:
            stopped = await self.call("stop", self._feed.stop)
            if inspect.isawaitable(stopped):
                async with asyncio.timeout(PATIENCE_S):
                    await stopped
        except BaseException as error:
            if not blame.falls(error):
                raise
            raise AdapterRaised("stop", error) from error
        finally:
            if self._running is not None:
                self._running.remove_done_callback(self._ended)
                await asyncio.wait([self._running], timeout=GRACE_S)
                self.lingers = not self._running.done()
                self._running.cancel()
                await asyncio.gather(self._running, return_exceptions=True)

    async def call(self, name: str, call: Callable[[], Any]) -> Any:
        """Call a method of the feed; what it returns may have to be awaited."""
        return call()

    @property
    def can_unsubscribe(self) -> bool:
        """Whether the feed, once started, has a method to follow a pair no longer."""
        return callable(getattr(self._feed, "unsubscribe", None))

    async def unsubscribe(self, pair: str) -> None:
        """Have the feed follow a pair no longer. Raises AdapterRaised for what that raises."""
        blame = Blame()
        try:
            left = self._feed.unsubscribe(pair)
            if inspect.isawaitable(left):
                async with asyncio.timeout(PATIENCE_S):
                    await left
        except BaseException as error:
            if not blame.falls(error):
                raise
            raise AdapterRaised("unsubscribe", error) from error

    def _on_candle(self, *said: Any) -> None:
        pair, candle = said if len(said) == 2 else (self._pairs[0], said[-1])
        reading = self._read(candle)
        if reading is not None:
            self.updates.append(reading)
            self.candles.append(Emitted(reading, self._now_ms(), "feed", pair))

    def _on_update(self, *said: Any) -> None:
        reading = self._read(said[-1])
        if reading is not None:
            self.updates.append(reading)

    def _read(self, candle: Any) -> Reading | None:
        try:
            return read_candle(candle)
        except Unreadable as error:
            self.unreadable.append(error)
            return None

    def _on_status(self, status: Any, *more: Any) -> None:
        error = isinstance(status, BaseException)
        text = f"{type(status).__name__}: {said(status)}" if error else str(status)
        text = shortened(" ".join([text, *map(str, more)]), _SAID)
        self.notes.append(Note(self._now_ms(), text, error))

    def _ended(self, task: asyncio.Task[Any]) -> None:
        """The feed's start came back by itself: an exception was told to whoever awaits it."""
        if task.cancelled():
            self.notes.append(Note(self._now_ms(), "start() was cancelled", True))
        elif (error := task.exception()) is not None:
            self._on_status(error)
