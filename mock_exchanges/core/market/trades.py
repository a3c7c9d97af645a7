"""The trades of a minute: price times volume of each adds up to the minute exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.market.bar import Bar
from mock_exchanges.core.market.noise import draw

_TRADES = 7
_WORDS = 4


class Trade(NamedTuple):
    """One trade: integers in the units of `Candle`; ``bought`` if the taker bought."""

    time_ms: int
    id: int
    price: int
    volume: int
    bought: bool


def trades_of(key: bytes, minute: int, bar: Bar) -> tuple[Trade, ...]:
    """Return the trades of a minute (minutes since the epoch), ascending."""
    count = bar.trades
    if not count:
        return ()
    words: list[int] = []
    for part in range(-(-count * _WORDS // 32)):
        words += draw(key, _TRADES, minute, part)
    offsets, amounts, moves, sides = (words[i * count : (i + 1) * count] for i in range(_WORDS))
    times = sorted(x * MINUTE_MS >> 16 for x in offsets)

    marks = _marks(bar, sides)
    bought = [bool(x & 1) for x in sides]
    # Two trades of each side can hit any quote volume, one cannot.
    free = (i for i in range(count) if i not in marks)
    for position, side in zip(free, (True, False, True, False), strict=False):
        bought[position] = side
    prices, volumes = [0] * count, [0] * count
    for side, volume, quote in (
        (True, bar.bought, bar.bought_quote),
        (False, bar.sold, bar.sold_quote),
    ):
        mine = [i for i in range(count) if bought[i] is side]
        _fill(bar, mine, marks, volume, quote, amounts, moves, prices, volumes)
    opened = minute * MINUTE_MS
    return tuple(
        Trade(opened + times[i], bar.first_id + i, prices[i], volumes[i], bought[i])
        for i in range(count)
    )


def _marks(bar: Bar, words: Sequence[int]) -> dict[int, int]:
    """Return the prices of the trades that make open, close, high and low, by position."""
    last = bar.trades - 1
    first = 1 + (words[0] >> 1) % (last - 2)
    second = first + 1 + (words[1] >> 1) % (last - 1 - first)
    if words[2] & 2:
        first, second = second, first
    return {0: bar.open, last: bar.close, first: bar.high, second: bar.low}


def _fill(
    bar: Bar,
    mine: Sequence[int],
    marks: dict[int, int],
    volume: int,
    quote: int,
    amounts: Sequence[int],
    moves: Sequence[int],
    prices: list[int],
    volumes: list[int],
) -> None:
    """Choose prices and volumes of one side's trades so that they hit its sums."""
    high, low = bar.high, bar.low
    # What the marks may weigh without pulling the others out of [low, high].
    slack = min(quote - low * volume, high * volume - quote)
    most = min(slack // (4 * (high - low)), volume // 8)
    free = []
    for i in mine:
        if i in marks:
            prices[i] = marks[i]
            volumes[i] = 1 + (amounts[i] * (most - 1) >> 16)
            volume -= volumes[i]
            quote -= prices[i] * volumes[i]
        else:
            free.append(i)
    reach = high - low
    way = bar.close - bar.open
    for left, i in zip(range(len(free), 2, -1), free, strict=False):
        # At most half of what is left: then some price in [low, high] leaves an
        # average for the rest that is in there as well.
        part = min(1 + (amounts[i] * (2 * (volume - left) // left) >> 16), volume // 2)
        rest = volume - part
        price = bar.open + way * i // bar.trades + ((moves[i] - 32_768) * reach >> 17)
        price = min(price, high, (quote - low * rest) // part)
        price = max(price, low, -((high * rest - quote) // part))
        prices[i], volumes[i] = price, part
        volume = rest
        quote -= price * part
    # The last two, one tick apart, hit the sums.
    one, two = free[-2:]
    price, above = divmod(quote, volume)
    prices[one], volumes[one] = price, volume - above
    prices[two], volumes[two] = price + 1, above
    if not above:
        prices[two], volumes[two], volumes[one] = price, volume // 2, volume - volume // 2
