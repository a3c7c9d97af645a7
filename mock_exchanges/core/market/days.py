"""The days of a pair: each a closed formula of its number, none needs another."""

from __future__ import annotations

from functools import lru_cache

from mock_exchanges.core.market.bar import Bar
from mock_exchanges.core.market.noise import Walk, draw
from mock_exchanges.core.market.split import LEAST_TRADES
from mock_exchanges.core.pair import Pair

_DAY, _WALK = 1, 64
_MINUTES = 1_440
# Below this a daily move would be a handful of ticks.
_LEAST_TICKS = 1_000
# A split sets four units of volume per trade and side aside; the quietest day has
# a fifth of the usual volume on one side, the busiest half as many trades again.
_LEAST_UNITS = 64


class Days:
    """The day bars of one pair, by day number since the epoch."""

    def __init__(self, key: bytes, pair: Pair, listed: int) -> None:
        ticks = int(pair.price.scaleb(pair.price_digits))
        if ticks < _LEAST_TICKS:
            raise ValueError(
                f"{pair.name}: price is {pair.price} with {pair.price_digits} digits, "
                f"expected at least {_LEAST_TICKS} ticks"
            )
        self._trades = max(pair.trades_per_minute, LEAST_TRADES)
        self._units = int(pair.volume_per_minute.scaleb(pair.volume_digits))
        if self._units < _LEAST_UNITS * self._trades:
            raise ValueError(
                f"{pair.name}: volume_per_minute is {pair.volume_per_minute} with "
                f"{pair.volume_digits} digits, expected at least {_LEAST_UNITS} units "
                f"for each of {self._trades} trades"
            )
        self._key = key
        self._listed = listed
        self._walk = Walk(key, _WALK, ticks)
        self._words = lru_cache(64)(self._draw)
        self._listed_wobble = self._wobble(listed)

    def _draw(self, day: int) -> tuple[int, ...]:
        return draw(self._key, _DAY, day)

    def _wobble(self, day: int) -> int:
        spare = (self._trades - LEAST_TRADES) * _MINUTES
        return self._words(day)[0] * spare >> 17

    def first_id(self, day: int) -> int:
        """Return the id of the first trade of ``day``; 1 on the day of the listing."""
        steady = self._trades * _MINUTES * (day - self._listed)
        return 1 + steady + self._wobble(day) - self._listed_wobble

    def bar(self, day: int) -> Bar:
        """Return the whole day."""
        _, up, down, volume, share, side, *_ = self._words(day)
        before = self._walk.at(day) | 1
        open_ = before + 1 if side & 1 else before - 1
        close = self._walk.at(day + 1) | 1
        high = max(open_, close) + 1 + (open_ * up >> 22)
        low = min(open_, close) - 1 - (open_ * down >> 22)
        first_id = self.first_id(day)
        total = self._units * _MINUTES * (32_768 + volume) >> 16
        bought = total * (27_525 + (share * 11 >> 6)) >> 16
        sold = total - bought
        middle = open_ + high + low + close
        return Bar(
            open_,
            high,
            low,
            close,
            bought,
            bought * middle // 4,
            sold,
            sold * middle // 4,
            self.first_id(day + 1) - first_id,
            first_id,
            before,
        )
