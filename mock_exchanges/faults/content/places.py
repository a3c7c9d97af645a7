"""Where a stream is: of which pair and interval, and the same of another pair."""

from __future__ import annotations

from dataclasses import dataclass

from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.hub import CandleStream
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.samples import Interval


@dataclass(frozen=True, slots=True)
class Place:
    """A topic taken apart; ``tail`` is what it has beyond the usual name (a zone, a unit)."""

    pair: str
    interval: Interval
    tail: str

    def grid(self, candle: Candle) -> Grid:
        """Return the calendar of the stream's candles, of which ``candle`` is one."""
        grid = self.interval.grid
        if grid.floor(candle.open_ms) == candle.open_ms:
            return grid
        # The same interval in another zone.
        return Grid(grid.length_ms, grid.origin_ms + candle.open_ms - grid.floor(candle.open_ms))


def place(exchange: Exchange, topic: str) -> Place:
    """Return the place of a topic. Raises ValueError if it is of no listed pair."""
    samples = exchange.samples
    found = [
        (len(name), Place(pair, interval, topic[len(name) :]))
        for pair in exchange.market.pairs
        for interval in samples.intervals()
        if interval.streamed and topic.startswith(name := samples.topic(pair, interval.name))
    ]
    if not found:
        raise ValueError(f"topic is {topic!r}, expected candles of a listed pair")
    return max(found, key=lambda item: item[0])[1]


def candles_of(exchange: Exchange, where: Place) -> CandleStream:
    """Return the candle stream at a place. Raises ValueError if there is none."""
    topic = exchange.samples.topic(where.pair, where.interval.name) + where.tail
    stream = exchange.stream(topic)
    if not isinstance(stream, CandleStream):
        raise ValueError(f"stream is {topic!r}, expected one of candles")
    return stream


def usual(exchange: Exchange) -> Place:
    """Return the place that tells what an exchange's streams are like.

    Raises ValueError if no pair is listed.
    """
    samples, listed = exchange.samples, exchange.market.pairs
    pair = next((each for each in (*samples.pairs, *listed) if each in listed), None)
    if pair is None:
        raise ValueError("no pair is listed, expected at least one")
    interval = next(each for each in samples.intervals() if each.name == samples.usual)
    return Place(pair, interval, "")


def other_pair(exchange: Exchange, pair: str, wanted: str = "") -> str:
    """Return another listed pair: the wanted one, or any.

    Raises ValueError if there is none, or the wanted one is not listed.
    """
    listed = exchange.market.pairs
    if wanted:
        if wanted not in listed:
            near = nearest(wanted, list(listed))
            hint = f"; did you mean {near!r}?" if near else ""
            raise ValueError(f"pair is {wanted!r}, expected a listed pair{hint}")
        return wanted
    names = [each for each in (*exchange.samples.pairs, *listed) if each in listed]
    other = next((each for each in names if each != pair), None)
    if other is None:
        raise ValueError(f"no other pair than {pair} is listed, expected at least two")
    return other


def other_interval(exchange: Exchange, interval: Interval) -> Interval:
    """Return another streamed interval, the next longer one if there is one.

    Raises ValueError if the exchange streams this one alone.
    """
    streamed = sorted(
        (each for each in exchange.samples.intervals() if each.streamed),
        key=lambda each: each.grid.length_ms,
    )
    length = interval.grid.length_ms
    others = [each for each in streamed if each.grid.length_ms != length]
    if not others:
        raise ValueError(f"interval {interval.name} is the only one that is streamed here")
    return next((each for each in others if each.grid.length_ms > length), others[-1])
