"""The ledger: candles of every pair, in every calendar, at every moment."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType

from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market.bar import Bar, flat, join
from mock_exchanges.core.market.tape import Tape
from mock_exchanges.core.market.trades import Trade
from mock_exchanges.core.pair import Pair
from mock_exchanges.core.pairs import DEFAULT_PAIRS


class UnknownPair(KeyError):
    """The market has no such trading pair."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = list(known)
        near = get_close_matches(name.upper(), names, 1, 0)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        self.name = name
        super().__init__(f"unknown trading pair {name!r}, expected one of {len(names)}{hint}")

    def __str__(self) -> str:
        return str(self.args[0])


class Market:
    """All candles and trades of some trading pairs: a pure function of the seed.

    ``halts`` are stretches ``[start_ms, end_ms)``, whole minutes, in which nothing is
    traded and no candle exists. All times are epoch milliseconds.
    """

    def __init__(
        self,
        seed: int = 1,
        pairs: Iterable[Pair] = DEFAULT_PAIRS,
        halts: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.seed = seed
        merged = _merged(halts)
        self.pairs: Mapping[str, Pair] = MappingProxyType({pair.name: pair for pair in pairs})
        self._books = {name: _Book(seed, pair, merged) for name, pair in self.pairs.items()}

    def candle(self, pair: str, grid: Grid, open_ms: int) -> Candle | None:
        """Return the whole candle that opens at ``open_ms``.

        None if it lies wholly before the listing or in a halt.
        """
        book = self._book(pair)
        if grid.floor(open_ms) != open_ms:
            raise ValueError(
                f"open_ms is {open_ms}, expected an open time of the grid, "
                f"such as {grid.floor(open_ms)} or {grid.ceil(open_ms)}"
            )
        return book.candle(open_ms, grid.next(open_ms))

    def at(self, pair: str, grid: Grid, now_ms: int) -> Candle | None:
        """Return the running candle of the interval that contains ``now_ms``.

        It holds the trades up to and including ``now_ms``. None if nothing of the
        interval exists yet.
        """
        open_ms = grid.floor(now_ms)
        return self._book(pair).running(open_ms, grid.next(open_ms), now_ms)

    def candles(self, pair: str, grid: Grid, start_ms: int, end_ms: int) -> list[Candle]:
        """Return the whole candles that open in ``[start_ms, end_ms)``, ascending."""
        book = self._book(pair)
        opens = grid.opens(max(start_ms, grid.floor(book.listed_ms)), end_ms)
        found = (book.candle(open_ms, grid.next(open_ms)) for open_ms in opens)
        return [candle for candle in found if candle is not None]

    def first_open(self, pair: str, grid: Grid) -> int:
        """Return the open time of the first candle: the one that contains the listing."""
        return grid.floor(self._book(pair).listed_ms)

    def trades(self, pair: str, minute_ms: int) -> tuple[Trade, ...]:
        """Return the trades of the minute that begins at ``minute_ms``, ascending."""
        book = self._book(pair)
        if minute_ms % MINUTE_MS:
            raise ValueError(
                f"minute_ms is {minute_ms}, expected a multiple of {MINUTE_MS}, "
                f"such as {minute_ms - minute_ms % MINUTE_MS}"
            )
        return book.trades(minute_ms)

    def trade_times(self, pair: str, minute_ms: int) -> tuple[int, ...]:
        """Return the times of the trades of the minute that begins at ``minute_ms``.

        Ascending; several trades may share a millisecond. Empty if the minute is
        quiet, halted or before the listing.
        """
        return tuple(trade.time_ms for trade in self.trades(pair, minute_ms))

    def _book(self, pair: str) -> _Book:
        try:
            return self._books[pair]
        except KeyError:
            raise UnknownPair(pair, self._books) from None


class _Book:
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

    def trades(self, minute_ms: int) -> tuple[Trade, ...]:
        minute = minute_ms // MINUTE_MS
        if minute < self._listed or any(start <= minute < end for start, end in self._halts):
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


def _merged(halts: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the halts in order, overlapping and touching ones as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(halts):
        if start % MINUTE_MS or end % MINUTE_MS:
            raise ValueError(
                f"halt is ({start}, {end}), expected epoch milliseconds of whole minutes"
            )
        if start >= end:
            raise ValueError(f"halt is ({start}, {end}), expected start before end")
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
