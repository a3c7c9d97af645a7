"""The newest candles of a channel, as a snapshot has them."""

from __future__ import annotations

from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.demo.profile import Profile


def newest(
    market: Market, profile: Profile, pair: str, interval: str, now_ms: int
) -> tuple[Candle, ...]:
    """Return the last candles that there are, oldest first, the running one last."""
    grid = profile.intervals[interval]
    opened = grid.floor(now_ms)
    closed = market.candles(pair, grid, grid.back(opened, profile.snapshot_candles - 1), opened)
    running = market.at(pair, grid, now_ms)
    return (*closed, running) if running is not None else tuple(closed)
