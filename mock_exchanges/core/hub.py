"""Streams and who listens to them: one event is made once, however many listen."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from mock_exchanges.core.actions import Action
from mock_exchanges.core.candle import Candle


class Stream(Protocol):
    """One stream of an exchange, a pure function of time.

    Publications do not depend on who listens, so the same seed gives the same bytes.
    """

    def next_after(self, at_ms: int) -> int | None:
        """Return the time of the first publication after ``at_ms``, or None if there is none."""

    def publish(self, at_ms: int) -> str | None:
        """Return the message published at ``at_ms``, or None if there is nothing to say."""


@runtime_checkable
class CandleStream(Stream, Protocol):
    """A stream of candles that can also say something else than the truth, for faults."""

    def reading(self, at_ms: int) -> Candle | None:
        """Return the candle that is published at ``at_ms``, as it is told, or None."""

    def written(self, candles: Sequence[Candle], at_ms: int) -> str:
        """Return one message of this stream that tells these candles, in this order."""


class Listener(Protocol):
    """What the hub hands messages to: a session."""

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """Return what to send for a message of a topic this session subscribed to."""


class Hub:
    """Topics, their listeners, and when each publishes next."""

    def __init__(self, open_stream: Callable[[str], Stream | None]) -> None:
        self._open_stream = open_stream
        self._streams: dict[str, Stream] = {}
        self._listeners: dict[str, dict[Listener, None]] = {}
        self._heap: list[tuple[int, str]] = []

    def join(self, topic: str, listener: Listener, now_ms: int) -> bool:
        """Subscribe; return False if the exchange has no such stream (nothing will come)."""
        listeners = self._listeners.get(topic)
        if listeners is None:
            stream = self._open_stream(topic)
            if stream is None:
                return False
            self._streams[topic] = stream
            listeners = self._listeners[topic] = {}
            self._schedule(topic, stream, now_ms)
        listeners[listener] = None
        return True

    def leave(self, topic: str, listener: Listener) -> None:
        """Unsubscribe; a topic without listeners is forgotten."""
        listeners = self._listeners.get(topic)
        if listeners is None:
            return
        listeners.pop(listener, None)
        if not listeners:
            del self._listeners[topic], self._streams[topic]
            self._heap = [item for item in self._heap if item[1] != topic]
            heapq.heapify(self._heap)

    def listens(self, topic: str, listener: Listener) -> bool:
        """Return whether a listener has joined a topic."""
        return listener in self._listeners.get(topic, ())

    def stream(self, topic: str) -> Stream | None:
        """Return the stream of a topic that somebody listens to, or None."""
        return self._streams.get(topic)

    def skip(self, now_ms: int) -> None:
        """Go on from ``now_ms``: what was due before is never published, nothing comes twice."""
        self._heap = []
        for topic, stream in self._streams.items():
            self._schedule(topic, stream, now_ms)

    def reopen(self, now_ms: int) -> None:
        """Open every stream anew, and go on from ``now_ms``: what streams tell has changed.

        A stream that there is no more stays as it is: nothing comes on it.
        """
        for topic, stream in self._streams.items():
            self._streams[topic] = self._open_stream(topic) or stream
        self.skip(now_ms)

    def topics(self) -> list[str]:
        """Return the topics that somebody listens to, sorted."""
        return sorted(self._listeners)

    def next_due(self) -> int | None:
        """Return the time of the next publication of any topic."""
        return self._heap[0][0] if self._heap else None

    def publish(self, now_ms: int) -> list[tuple[Listener, str, str]]:
        """Return (listener, topic, message) for what is due up to and at ``now_ms``."""
        deliveries: list[tuple[Listener, str, str]] = []
        while self._heap and self._heap[0][0] <= now_ms:
            at_ms, topic = heapq.heappop(self._heap)
            stream = self._streams[topic]
            message = stream.publish(at_ms)
            self._schedule(topic, stream, at_ms)
            if message is not None:
                deliveries.extend((who, topic, message) for who in self._listeners[topic])
        return deliveries

    def _schedule(self, topic: str, stream: Stream, after_ms: int) -> None:
        due = stream.next_after(after_ms)
        if due is not None:
            heapq.heappush(self._heap, (due, topic))
