"""A mock of Binance Spot: candles over WebSocket streams and REST.

Facts and their sources are in `profile`; docs/exchanges/binance.md tells the whole story.
"""

from __future__ import annotations

from mock_exchanges.binance.exchange import BinanceExchange
from mock_exchanges.binance.profile import profile
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market

__all__ = ["BinanceExchange", "create"]


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> BinanceExchange:
    """Make a Binance as it was on ``profile_date`` (ISO; the newest if None).

    Raises ValueError for a date without a profile.
    """
    return BinanceExchange(market, journal, profile(profile_date), limits=limits)
