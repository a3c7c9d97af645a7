"""One pair's tape: bars of any stretch of time, as if the market had never stopped.

Days split into 4 hours, these into hours, quarters, five minutes and minutes, each
only when asked for. The caches change the speed, never an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import chain

from mock_exchanges.core.market.bar import Bar, flat, join
from mock_exchanges.core.market.days import Days
from mock_exchanges.core.market.noise import draw, key_of
from mock_exchanges.core.market.split import LEAST_TRADES, split
from mock_exchanges.core.market.trades import Trade, trades_of
from mock_exchanges.core.pair import Pair

DAY = 1_440
# Minutes of a part, parts of the whole; the cache holds so many wholes.
_LEVELS = ((240, 6, 1_024), (60, 4, 1_024), (15, 4, 1_024), (5, 3, 1_024))
_SPLIT, _MINUTES, _QUIET = 2, 6, 30
_Parts = Callable[[int], Sequence[Bar]]


class Tape:
    """The bars of one pair. Time is in minutes since the epoch, nothing is listed or halted."""

    def __init__(self, seed: int, pair: Pair, listed: int) -> None:
        self._key = key_of(seed, pair.name)
        self._quiet = int(pair.quiet * 65_536)
        days = Days(self._key, pair, listed // DAY)
        get: Callable[[int], Bar] = lru_cache(2_048)(days.bar)
        self._sizes: list[tuple[int, Callable[[int], Bar]]] = [(DAY, get)]
        for level, (size, count, keep) in enumerate(_LEVELS):
            get = _reader(lru_cache(keep)(self._splitter(get, level, size, count)), count)
            self._sizes.append((size, get))
        self._fives = get
        self.minute = _reader(lru_cache(2_048)(self._split_five), 5)
        self._sizes.append((1, self.minute))
        self._joined: Callable[[int, int], Bar] = lru_cache(1_024)(self._join)
        self.trades: Callable[[int], tuple[Trade, ...]] = lru_cache(256)(self._trades)

    def _splitter(self, whole: Callable[[int], Bar], level: int, size: int, count: int) -> _Parts:
        key, tag, least = self._key, _SPLIT + level, size * LEAST_TRADES

        def parts(index: int) -> Sequence[Bar]:
            return split(whole(index), count, draw(key, tag, index), least)

        return parts

    def _split_five(self, index: int) -> Sequence[Bar]:
        """Split five minutes into minutes, of which some are quiet."""
        bar = self._fives(index)
        words = draw(self._key, _MINUTES, index)
        if not self._quiet:
            return split(bar, 5, words, LEAST_TRADES)
        quiet = words[_QUIET - 5 : _QUIET]
        busy = [x >= self._quiet for x in quiet]
        if not any(busy):
            busy[words[_QUIET] % 5] = True
        active = iter(split(bar, sum(busy), words, LEAST_TRADES))
        price, next_id = bar.before, bar.first_id
        minutes = []
        for trades in busy:
            minute = next(active) if trades else flat(price, next_id)
            minutes.append(minute)
            price, next_id = minute.close, next_id + minute.trades
        return minutes

    def _trades(self, minute: int) -> tuple[Trade, ...]:
        return trades_of(self._key, minute, self.minute(minute))

    def span(self, start: int, end: int) -> Bar:
        """Return the bar of the minutes in ``[start, end)``, at least one."""
        length = end - start
        for size, get in self._sizes:
            if size == length:
                if start % size == 0:
                    return get(start // size)
                break
        return self._joined(start, end)

    def _join(self, start: int, end: int) -> Bar:
        return join(list(chain.from_iterable(self._cover(start, end))))

    def _cover(self, start: int, end: int) -> list[list[Bar]]:
        """Return the fewest bars that make up ``[start, end)``: climb up, then down."""
        ends = []
        starts = []
        for (size, get), (upper, _) in zip(
            reversed(self._sizes[1:]), reversed(self._sizes[:-1]), strict=True
        ):
            up = min(end, -(-start // upper) * upper)
            starts.append([get(i) for i in range(start // size, up // size)])
            start = up
            down = max(start, end // upper * upper)
            ends.append([get(i) for i in range(down // size, end // size)])
            end = down
        get = self._sizes[0][1]
        starts.append([get(i) for i in range(start // DAY, end // DAY)])
        return starts + ends[::-1]


def _reader(parts: _Parts, count: int) -> Callable[[int], Bar]:
    def read(index: int) -> Bar:
        whole, part = divmod(index, count)
        return parts(whole)[part]

    return read
