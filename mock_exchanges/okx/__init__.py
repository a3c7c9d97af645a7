"""A mock of OKX V5: spot candles over WebSocket channels and REST.

Facts and their sources are in `profile`; docs/exchanges/okx.md tells the whole story.
"""

from __future__ import annotations

from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.okx.exchange import OKXExchange
from mock_exchanges.okx.profile import profile

__all__ = ["OKXExchange", "create"]


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> OKXExchange:
    """Make an OKX as it was on ``profile_date`` (ISO, or ``guide``; the newest if None).

    Raises ValueError for a date without a profile.
    """
    return OKXExchange(market, journal, profile(profile_date), limits=limits)
