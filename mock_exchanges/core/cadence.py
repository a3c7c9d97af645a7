"""When a stream publishes: times that follow from a market's trades alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.market import Market

# minutes to look ahead before a stream asks for a wake-up at which it says nothing
_SEARCH_MINUTES = 60


def sampled(market: Market, pair: str, minute_ms: int, every_ms: int) -> tuple[int, ...]:
    """Return the ticks of a fixed grid in a minute before which there was a trade.

    ``every_ms`` divides a minute; a trade shows at the next tick after it, the last
    ones at the minute's end, which belongs to the next minute.
    """
    before = market.trade_times(pair, minute_ms - MINUTE_MS)
    ticks = {-(-(at + 1) // every_ms) * every_ms for at in market.trade_times(pair, minute_ms)}
    if before and before[-1] >= minute_ms - every_ms:
        ticks.add(minute_ms)
    return tuple(sorted(tick for tick in ticks if tick < minute_ms + MINUTE_MS))


def first_after(times: Callable[[int], Sequence[int]], at_ms: int) -> int:
    """Return the first time after ``at_ms``, given each minute's times, or of a wake-up.

    ``times`` takes the start of a minute and returns the times in it, ascending.
    """
    minute = at_ms - at_ms % MINUTE_MS
    for _ in range(_SEARCH_MINUTES):
        for time in times(minute):
            if time > at_ms:
                return time
        minute += MINUTE_MS
    return minute
