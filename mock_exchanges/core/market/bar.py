"""What the ledger knows about a stretch of time, and how stretches join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Bar(NamedTuple):
    """A stretch of the market: a candle without times, buyers and sellers apart.

    ``bought`` is the base volume that takers bought, ``sold`` what they sold;
    ``first_id`` is the id of the first trade, or of the next one if there is none;
    ``before`` is the last price before the stretch. Without trades all prices are
    ``before``.
    """

    open: int
    high: int
    low: int
    close: int
    bought: int
    bought_quote: int
    sold: int
    sold_quote: int
    trades: int
    first_id: int
    before: int


def flat(price: int, next_id: int) -> Bar:
    """Return a stretch without trades."""
    return Bar(price, price, price, price, 0, 0, 0, 0, 0, next_id, price)


def join(bars: Sequence[Bar]) -> Bar:
    """Aggregate neighbouring stretches, in order; at least one."""
    first = bars[0]
    if len(bars) == 1:
        return first
    trading = [bar for bar in bars if bar.trades]
    if not trading:
        return first
    opens, highs, lows, closes, *sums, _, _ = zip(*trading, strict=True)
    bought, bought_quote, sold, sold_quote, trades = map(sum, sums)
    return Bar(
        opens[0],
        max(highs),
        min(lows),
        closes[-1],
        bought,
        bought_quote,
        sold,
        sold_quote,
        trades,
        first.first_id,
        first.before,
    )
