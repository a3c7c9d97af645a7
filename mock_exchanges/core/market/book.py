"""One pair's book: its tape, cut by listing and halts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache

from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market.bar import Bar, flat, join
from mock_exchanges.core.market.tape import Tape
from mock_exchanges.core.market.trades import Trade
from mock_exchanges.core.pair import Pair

Stretch = tuple[int, int]


class Book:
    """One pair: its tape, cut by listing and halts."""

    def __init__(self, seed: int, pair: Pair, halts: tuple[tuple[int, int], ...]) -> None:
        listed = datetime(pair.listed.year, pair.listed.month, pair.listed.day, tzinfo=UTC)
        self.listed_ms = int(listed.timestamp()) * SECOND_MS
        self._pair = pair
        self._listed = self.listed_ms // MINUTE_MS
        self._halts = tuple(
            (max(start // MINUTE_MS, self._listed), end // MINUTE_MS)
            for start, end in halts
            if end > self.listed_ms
        )
        self._tape = Tape(seed, pair, self._listed)
        # How many trades the halts up to this one took away.
        self._missing = lru_cache(256)(self._count_missing)
        self._stretch = lru_cache(1_024)(self._join)

    def candle(self, open_ms: int, end_ms: int) -> Candle | None:
        start, ragged = divmod(open_ms, MINUTE_MS)
        if not self._halts and start >= self._listed and not (ragged or end_ms % MINUTE_MS):
            return self._written(self._tape.span(start, end_ms // MINUTE_MS), open_ms, end_ms, True)
        bar = self._bar(open_ms, end_ms)
        return None if bar is None else self._written(bar, open_ms, end_ms, True)

    def running(self, open_ms: int, end_ms: int, now_ms: int) -> Candle | None:
        bar = self._bar(open_ms, min(now_ms + 1, end_ms))
        return None if bar is None else self._written(bar, open_ms, end_ms, False)

    def trading(self, now_ms: int) -> bool:
        """Return whether the pair is listed and not halted."""
        minute = now_ms // MINUTE_MS
        for start, end in self._halts:
            if start <= minute < end:
                return False
        return minute >= self._listed

    def close(self, minute_ms: int) -> int:
        """Return the last price of a minute that exists, told or lost, in ticks."""
        bar = self._bar(minute_ms, minute_ms + MINUTE_MS)
        assert bar is not None
        return bar.close

    def trades(self, minute_ms: int) -> tuple[Trade, ...]:
        minute = minute_ms // MINUTE_MS
        if not self.trading(minute_ms):
            return ()
        missing = self._missing_before(minute)
        trades = self._tape.trades(minute)
        return tuple(t._replace(id=t.id - missing) for t in trades) if missing else trades

    def _bar(self, start_ms: int, end_ms: int) -> Bar | None:
        """Return what was traded in ``[start_ms, end_ms)``; None if none of it exists."""
        whole = -(-start_ms // MINUTE_MS), end_ms // MINUTE_MS
        bars = []
        if whole[0] > whole[1]:
            bars += self._seconds(start_ms, end_ms)
        else:
            if start_ms % MINUTE_MS:
                bars += self._seconds(start_ms, whole[0] * MINUTE_MS)
            if whole[0] < whole[1] and (minutes := self._stretch(*whole)) is not None:
                bars.append(minutes)
            if end_ms % MINUTE_MS:
                bars += self._seconds(whole[1] * MINUTE_MS, end_ms)
        return join(bars) if bars else None

    def _join(self, start: int, end: int) -> Bar | None:
        bars = [self._cut(self._tape.span(a, b), a) for a, b in self._existing(start, end)]
        return join(bars) if bars else None

    def _existing(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of minutes in ``[start, end)`` that exist."""
        start = max(start, self._listed)
        for halt_start, halt_end in self._halts:
            if halt_end <= start:
                continue
            if halt_start >= end:
                break
            if start < halt_start:
                yield start, halt_start
            start = halt_end
        if start < end:
            yield start, end

    def _seconds(self, start_ms: int, end_ms: int) -> list[Bar]:
        """Return a stretch within one minute, if that minute exists."""
        minute = start_ms // MINUTE_MS
        if not any(self._existing(minute, minute + 1)):
            return []
        trades = self._tape.trades(minute)
        first = bisect_left(trades, (start_ms,))
        last = bisect_left(trades, (end_ms,), first)
        if first == last:
            whole = self._tape.minute(minute)
            if first:
                price, next_id = trades[first - 1].price, whole.first_id + first
                return [flat(price, next_id - self._missing_before(minute))]
            return [self._cut(flat(whole.before, whole.first_id), minute)]
        _, ids, prices, _, _ = zip(*trades[first:last], strict=True)
        volumes, quotes = [0, 0], [0, 0]
        for _, _, price, volume, bought in trades[first:last]:
            volumes[bought] += volume
            quotes[bought] += price * volume
        return [
            Bar(
                prices[0],
                max(prices),
                min(prices),
                prices[-1],
                volumes[True],
                quotes[True],
                volumes[False],
                quotes[False],
                last - first,
                ids[0] - self._missing_before(minute),
                trades[first - 1].price if first else self._tape.minute(minute).before,
            )
        ]

    def _cut(self, bar: Bar, start: int) -> Bar:
        """Return the bar of minutes from ``start`` on as it is with the halts before it."""
        missing = self._missing_before(start)
        if not missing:
            return bar
        if bar.trades:
            return bar._replace(first_id=bar.first_id - missing)
        return flat(self._price_before(start), bar.first_id - missing)

    def _price_before(self, minute: int) -> int:
        """Return the last price before ``minute`` that was really traded."""
        while minute > self._listed:
            minute -= 1
            for start, end in self._halts:
                if start <= minute < end:
                    minute = start
                    break
            else:
                bar = self._tape.minute(minute)
                if bar.trades:
                    return bar.close
        return self._tape.minute(self._listed).before

    def _missing_before(self, minute: int) -> int:
        if not self._halts or minute < self._halts[0][1]:
            return 0
        over = sum(1 for _, end in self._halts if end <= minute)
        return self._missing(over)

    def _count_missing(self, over: int) -> int:
        return sum(self._tape.span(start, end).trades for start, end in self._halts[:over])

    def _written(self, bar: Bar, open_ms: int, end_ms: int, closed: bool) -> Candle:
        open_, high, low, close, bought, bought_quote, sold, sold_quote, trades, first_id, _ = bar
        return Candle(
            open_ms,
            end_ms,
            open_,
            high,
            low,
            close,
            bought + sold,
            bought_quote + sold_quote,
            trades,
            bought,
            bought_quote,
            first_id,
            closed,
            self._pair.price_digits,
            self._pair.volume_digits,
        )


def merged(halts: Iterable[Stretch], what: str = "halt") -> tuple[Stretch, ...]:
    """Return stretches in order, overlapping and touching ones as one.

    Raises ValueError for one that is no stretch of whole minutes, epoch milliseconds.
    """
    found: list[Stretch] = []
    for start, end in sorted(halts):
        if start % MINUTE_MS or end % MINUTE_MS:
            raise ValueError(
                f"{what} is ({start}, {end}), expected epoch milliseconds of whole minutes"
            )
        if start >= end:
            raise ValueError(f"{what} is ({start}, {end}), expected start before end")
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)
