"""A mock of KuCoin Spot: candles over the classic WebSocket API and REST.

Facts and their sources are in `profile`; docs/exchanges/kucoin.md tells the whole story.
"""

from __future__ import annotations

from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.kucoin.exchange import KuCoinExchange
from mock_exchanges.kucoin.profile import profile

__all__ = ["KuCoinExchange", "create"]


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> KuCoinExchange:
    """Make a KuCoin as it was on ``profile_date`` (ISO; the newest if None).

    Raises ValueError for a date without a profile.
    """
    return KuCoinExchange(market, journal, profile(profile_date), limits=limits)
