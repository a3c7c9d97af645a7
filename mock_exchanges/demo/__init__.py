"""A mock of an exchange that does not exist: the generic one that adapter guides print.

Three handshakes are three profiles: ``demo`` (anybody), ``demo@login`` (a login message
first), ``demo@token`` (a token from REST). docs/exchanges/demo.md tells the whole story.
"""

from __future__ import annotations

from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.demo.exchange import DemoExchange
from mock_exchanges.demo.profile import profile

__all__ = ["DemoExchange", "create"]


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> DemoExchange:
    """Make a demo exchange of a profile: None, ``"login"`` or ``"token"``.

    Raises ValueError for a profile that there is not.
    """
    return DemoExchange(market, journal, profile(profile_date), limits=limits)
