"""KuCoin with a pair that hardly trades in the first place: idle intervals have no candle."""

from __future__ import annotations

from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.kucoin.exchange import KuCoinExchange
from mock_exchanges.kucoin.profile import profile
from mock_exchanges.kucoin.samples import KuCoinSamples


class SparseSamples(KuCoinSamples):
    pairs = ("POWR-USDT", "ETH-BTC", "BTC-USDT", "SHIB-USDT", "BTC-USDC")


class SparseExchange(KuCoinExchange):
    @property
    def samples(self) -> SparseSamples:
        return SparseSamples(self.market, self.profile)


def create(
    market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
) -> SparseExchange:
    """Make the exchange."""
    return SparseExchange(market, journal, profile(profile_date), limits=limits)
