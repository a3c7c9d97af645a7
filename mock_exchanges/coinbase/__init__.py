"""A mock of Coinbase Advanced Trade: the candles channel over WebSocket, and REST.

Facts and their sources are in `profile`; docs/exchanges/coinbase.md tells the whole story.
"""

from __future__ import annotations

from mock_exchanges.coinbase.exchange import CoinbaseExchange
from mock_exchanges.coinbase.profile import profile
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market

__all__ = ["CoinbaseExchange", "create"]


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> CoinbaseExchange:
    """Make a Coinbase as it was on ``profile_date`` (ISO; the newest if None), or ``guide``.

    Raises ValueError for a date without a profile.
    """
    return CoinbaseExchange(market, journal, profile(profile_date), limits=limits)
