"""Splitting a bar into parts that add up to it exactly.

What makes it always possible, for every bar with trades:

* Inside ``(low, high)`` lie an even number, the open, and an odd one, the close.
  So for every boundary between two parts there is an odd close and, one tick away,
  an even open that lie inside as well, and each part has room for its own high and
  low outside of both.
* Each side (bought, sold) has at least `UNITS` units of volume per trade.
* The average price of each side keeps a distance from high and low:
  ``low * volume + slack <= quote <= high * volume - slack`` with
  ``slack = trades * (high - low)``. That is what lets `trades` place the first, the
  last, the highest and the lowest trade of a minute and still hit the sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from mock_exchanges.core.market.bar import Bar

# The first, last, highest and lowest trade, and two of each side to hit its quote volume.
LEAST_TRADES = 8
UNITS = 4
# Numbers of 16 bits that a part takes.
_WORDS = 5


def split(bar: Bar, count: int, words: Sequence[int], least: int) -> list[Bar]:
    """Split a bar into ``count`` parts, each with at least ``least`` trades.

    ``words`` are numbers of 16 bits, five for each part.
    """
    if count == 1:
        return [bar]
    high, low = bar.high, bar.low
    opens, closes = _boundaries(bar, count, words)
    lifts, drops = words[count : 2 * count], words[2 * count : 3 * count]
    wick = (high - low) // (2 * count) + 1
    highs = [
        min(high, (a if a > b else b) + 1 + (wick * x >> 16))
        for a, b, x in zip(opens, closes, lifts, strict=True)
    ]
    lows = [
        max(low, (b if a > b else a) - 1 - (wick * x >> 16))
        for a, b, x in zip(opens, closes, drops, strict=True)
    ]
    highs[highs.index(max(highs))] = high
    lows[lows.index(min(lows))] = low

    weights = [16_384 + x for x in words[3 * count : 4 * count]]
    tilts = words[4 * count : _WORDS * count]
    trades = _share(bar.trades - least * count, weights, [least] * count)
    reserve = [UNITS * n for n in trades]
    spare = UNITS * bar.trades
    buying = [w * (98_304 + x) for w, x in zip(weights, tilts, strict=True)]
    selling = [w * (163_840 - x) for w, x in zip(weights, tilts, strict=True)]
    bought = _share(bar.bought - spare, buying, reserve)
    sold = _share(bar.sold - spare, selling, reserve)
    middles = [(a + b + c + d) >> 2 for a, b, c, d in zip(opens, highs, lows, closes, strict=True)]
    slacks = [n * (high - low) for n in trades]
    _balance(bar.bought_quote, bought, middles, reserve)
    _balance(bar.sold_quote, sold, middles, reserve)
    bought_quotes = _quotes(bar.bought_quote, bought, middles, slacks, high, low)
    sold_quotes = _quotes(bar.sold_quote, sold, middles, slacks, high, low)

    parts = []
    before, next_id = bar.before, bar.first_id
    for o, h, l, c, b, bq, s, sq, n in zip(  # noqa: E741
        opens,
        highs,
        lows,
        closes,
        bought,
        bought_quotes,
        sold,
        sold_quotes,
        trades,
        strict=True,
    ):
        # Widen the part where its average price is too near its edge. Each step is
        # possible: with the high and low of the whole the distance is kept.
        step = 1
        while True:
            slack = n * (h - l)
            if bq > h * b - slack or sq > h * s - slack:
                h = min(high, h + step)
            elif bq < l * b + slack or sq < l * s + slack:
                l = max(low, l - step)  # noqa: E741
            else:
                break
            step += step
        parts.append(Bar(o, h, l, c, b, bq, s, sq, n, next_id, before))
        before = c
        next_id += n
    return parts


def _boundaries(bar: Bar, count: int, words: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return the parts' opens and closes: a random walk, tied at both ends."""
    floor, ceiling = bar.low + 1, bar.high - 1
    start, way, reach = bar.open, bar.close - bar.open, bar.high - bar.low
    sums = list(accumulate(x - 32_768 for x in words[:count]))
    end = sums[-1]
    # Divides by about sqrt(count), the spread of the walk, in units of 16 bits.
    scale = 32_768 * (2 if count < 6 else 3)
    path = [
        start + way * i // count + (sums[i - 1] - end * i // count) * reach // scale
        for i in range(1, count)
    ]
    # Moved as a whole to where the average price is, so that the parts need no bending.
    average = (bar.bought_quote + bar.sold_quote) // (bar.bought + bar.sold)
    shift = (average * count - sum(path) - (start + bar.close) // 2) // (count - 1)
    opens, closes = [start], []
    for i, price in enumerate(path, 1):
        price = price + shift | 1
        if price > ceiling:
            price = ceiling if ceiling & 1 else ceiling - 1
        elif price < floor:
            price = floor if floor & 1 else floor + 1
        closes.append(price)
        up = words[count + i] & 1
        if price == ceiling or (not up and price > floor):
            opens.append(price - 1)
        else:
            opens.append(price + 1)
    closes.append(bar.close)
    return opens, closes


def _share(total: int, weights: Sequence[int], reserve: Sequence[int]) -> list[int]:
    """Deal out ``total`` by weight, on top of each part's reserve."""
    sums = list(accumulate(weights))
    whole = sums[-1]
    marks = [total * x // whole for x in sums]
    return [
        own + mark - dealt for own, mark, dealt in zip(reserve, marks, [0, *marks], strict=False)
    ]


def _balance(
    quote: int, volumes: list[int], middles: Sequence[int], reserve: Sequence[int]
) -> None:
    """Move volume between the dearest and the cheapest part to come near ``quote``.

    What it leaves over bends prices: the less, the more even are small candles.
    """
    rest = quote - sum(v * m for v, m in zip(volumes, middles, strict=True))
    dear, cheap = middles.index(max(middles)), middles.index(min(middles))
    if rest < 0:
        dear, cheap = cheap, dear
    way = abs(middles[dear] - middles[cheap])
    if way:
        moved = min(abs(rest) // way, (volumes[cheap] - reserve[cheap]) * 3 // 4)
        volumes[dear] += moved
        volumes[cheap] -= moved


def _quotes(
    total: int,
    volumes: Sequence[int],
    middles: Sequence[int],
    slacks: Sequence[int],
    high: int,
    low: int,
) -> list[int]:
    """Return quote volumes that add up to ``total``, near each part's middle price."""
    guesses = []
    for volume, middle, slack in zip(volumes, middles, slacks, strict=True):
        least, most = low * volume + slack, high * volume - slack
        guess = volume * middle
        guesses.append(least if guess < least else most if guess > most else guess)
    rest = total - sum(guesses)
    if not rest:
        return guesses
    if rest > 0:
        rooms = [high * v - s - g for v, s, g in zip(volumes, slacks, guesses, strict=True)]
    else:
        rooms = [low * v + s - g for v, s, g in zip(volumes, slacks, guesses, strict=True)]
    return _share(rest, rooms, guesses)
