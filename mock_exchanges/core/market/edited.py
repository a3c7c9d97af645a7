"""A pair's book after edits: trades taken away, lost or added, everything else as it was."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from mock_exchanges.core.calendar import DAY_MS, MINUTE_MS
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market.bar import Bar, flat, join
from mock_exchanges.core.market.book import Book, Stretch, merged
from mock_exchanges.core.market.trades import Trade
from mock_exchanges.core.pair import Pair

# (price, volume) of a trade that was added to a minute
Late = tuple[int, int]
_MIDDLE_MS = 30_000


class EditedBook(Book):
    """One pair with halts, quiet stretches, lost candles, late trades and a time of listing.

    Stretches and times are epoch milliseconds of whole minutes; ``late`` is by minute
    (since the epoch).
    """

    def __init__(
        self,
        seed: int,
        pair: Pair,
        halts: Sequence[Stretch],
        *,
        quiet: Sequence[Stretch] = (),
        lost: Sequence[Stretch] = (),
        late: Mapping[int, Sequence[Late]] | None = None,
        listed_ms: int | None = None,
    ) -> None:
        super().__init__(seed, pair, merged(halts))
        self._lost = merged(lost, "gap")
        if listed_ms is not None:
            # The tape begins with the day; what it has before the listing never was.
            day = listed_ms - listed_ms % DAY_MS
            if day < listed_ms:
                halts = [*halts, (day, listed_ms)]
            self.listed_ms, self._listed = listed_ms, listed_ms // MINUTE_MS
        self._halts = self._minutes(halts, self._first)
        self._quiet = self._minutes(quiet, self._listed)
        # Where the tape's own trades did not happen, for whatever reason.
        self._silent = self._minutes([*halts, *quiet], self._first)
        self._late = {
            minute: trades
            for minute, trades in sorted((late or {}).items())
            if self.trading(minute * MINUTE_MS)
        }
        self._late_minutes = list(self._late)
        self._id_at = lru_cache(256)(self._find_id)
        self._price_at = lru_cache(256)(self._find_price)

    @property
    def _first(self) -> int:
        """The first minute of the tape."""
        return self._listed - self._listed % (DAY_MS // MINUTE_MS)

    @staticmethod
    def _minutes(stretches: Sequence[Stretch], first: int) -> tuple[Stretch, ...]:
        return tuple(
            (max(start // MINUTE_MS, first), end // MINUTE_MS)
            for start, end in merged(stretches)
            if end // MINUTE_MS > first
        )

    def candle(self, open_ms: int, end_ms: int) -> Candle | None:
        """Return the whole candle, None if it does not exist or is lost."""
        if self._is_lost(open_ms, end_ms):
            return None
        bar = self._bar(open_ms, end_ms)
        return None if bar is None else self._written(bar, open_ms, end_ms, True)

    def running(self, open_ms: int, end_ms: int, now_ms: int) -> Candle | None:
        """Return the running candle, None if it does not exist or is lost."""
        return None if self._is_lost(open_ms, end_ms) else super().running(open_ms, end_ms, now_ms)

    def trades(self, minute_ms: int) -> tuple[Trade, ...]:
        """Return the trades of a minute, those that were added among them."""
        minute = minute_ms // MINUTE_MS
        added = self._late.get(minute, ())
        silent = _within(self._silent, minute)
        if not added:
            return () if silent else super().trades(minute_ms)
        own = () if silent else self._tape.trades(minute)
        next_id = self._next_id(minute)
        # Before the last one, so that open and close stay; in a quiet minute, in its middle.
        at_ms = own[-1].time_ms if own else minute_ms + _MIDDLE_MS
        joined = [Trade(at_ms, 0, price, volume, True) for price, volume in added]
        told = [*own[:-1], *joined, *own[-1:]]
        return tuple(trade._replace(id=next_id + n) for n, trade in enumerate(told))

    def _is_lost(self, open_ms: int, end_ms: int) -> bool:
        return any(start <= open_ms and end_ms <= end for start, end in self._lost)

    def _join(self, start: int, end: int) -> Bar | None:
        bars = [bar for a, b in self._existing(start, end) for bar in self._pieces(a, b)]
        return join(bars) if bars else None

    def _pieces(self, start: int, end: int) -> Iterator[Bar]:
        """Yield the bars of a stretch that exists: quiet ones, changed minutes, the tape's."""
        late = self._late_minutes
        while start < end:
            if start in self._late:
                opened = start * MINUTE_MS
                yield from self._seconds(opened, opened + MINUTE_MS)
                start += 1
                continue
            next_late = bisect_left(late, start)
            stop = min(end, late[next_late]) if next_late < len(late) else end
            quiet = next((each for each in self._quiet if each[1] > start), None)
            if quiet is None or quiet[0] >= stop:
                yield self._cut(self._tape.span(start, stop), start)
            elif start < quiet[0]:
                stop = quiet[0]
                yield self._cut(self._tape.span(start, stop), start)
            else:
                stop = min(stop, quiet[1])
                yield flat(self._price_before(start), self._next_id(start))
            start = stop

    def _seconds(self, start_ms: int, end_ms: int) -> list[Bar]:
        minute = start_ms // MINUTE_MS
        if not any(self._existing(minute, minute + 1)):
            return []
        trades = self.trades(minute * MINUTE_MS)
        first = bisect_left(trades, (start_ms,))
        last = bisect_left(trades, (end_ms,), first)
        before = trades[first - 1].price if first else self._price_before(minute)
        if first == last:
            return [flat(before, self._next_id(minute) + first)]
        told = trades[first:last]
        prices = [trade.price for trade in told]
        volumes, quotes = [0, 0], [0, 0]
        for trade in told:
            volumes[trade.bought] += trade.volume
            quotes[trade.bought] += trade.price * trade.volume
        return [
            Bar(
                prices[0], max(prices), min(prices), prices[-1],
                volumes[True], quotes[True], volumes[False], quotes[False],
                len(told), told[0].id, before,
            )
        ]  # fmt: skip

    def _next_id(self, minute: int) -> int:
        """Return the id of the first trade from ``minute`` on."""
        return self._id_at(self._still_since(minute))

    def _still_since(self, minute: int) -> int:
        """Return the minute from which on nothing was traded before ``minute``, or that itself."""
        silent = _within(self._silent, minute)
        if silent is None:
            return minute
        added = bisect_left(self._late_minutes, minute)
        return max(silent[0], self._late_minutes[added - 1] + 1 if added else 0)

    def _find_id(self, minute: int) -> int:
        return self._tape.minute(minute).first_id - self._missing_before(minute)

    def _missing_before(self, minute: int) -> int:
        """Return how many trades of the tape are missing before a minute, less those added."""
        gone = 0
        for start, end in self._silent:
            if start >= minute:
                break
            gone += self._gone(start, min(end, minute))
        added = bisect_left(self._late_minutes, minute)
        return gone - sum(len(self._late[each]) for each in self._late_minutes[:added])

    def _gone(self, start: int, end: int) -> int:
        # Ids tell it at once, however long the stretch.
        return self._tape.minute(end).first_id - self._tape.minute(start).first_id

    def _price_before(self, minute: int) -> int:
        return self._price_at(self._still_since(minute))

    def _find_price(self, minute: int) -> int:
        while minute > self._listed:
            minute -= 1
            if minute in self._late:
                return self.trades(minute * MINUTE_MS)[-1].price
            if _within(self._silent, minute) is not None:
                minute = self._still_since(minute)
                continue
            bar = self._tape.minute(minute)
            if bar.trades:
                return bar.close
        return self._tape.minute(self._listed).before


def _within(stretches: Sequence[Stretch], minute: int) -> Stretch | None:
    for each in stretches:
        if each[0] <= minute < each[1]:
            return each
    return None
