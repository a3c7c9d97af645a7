"""What is listed: symbols and currencies."""

from __future__ import annotations

from typing import Any

from mock_exchanges.core.http import compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair
from mock_exchanges.kucoin.wire import plain

# What the newer path has beyond the older one.
_NEWER: dict[str, Any] = {
    "feeCategory": 1,
    "makerFeeCoefficient": "1.00",
    "takerFeeCoefficient": "1.00",
    "st": False,
    "callauctionIsEnabled": False,
    "callauctionPriceFloor": None,
    "callauctionPriceCeiling": None,
    "callauctionFirstStageStartTime": None,
    "callauctionSecondStageStartTime": None,
    "callauctionThirdStageStartTime": None,
    "tradingStartTime": None,
}


class Listing:
    """The pairs of a market as KuCoin lists them."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def symbols(self, now_ms: int, market: str | None, *, newer: bool) -> str:
        """Return the data of symbols, of one market (quote currency) if asked."""
        entries = [
            _entry(pair, self._market.trading(name, now_ms), newer)
            for name, pair in self._market.pairs.items()
            if market in (None, "", pair.quote)
        ]
        return compact(entries)

    def currencies(self) -> str:
        """Return the data of currencies."""
        pairs = self._market.pairs.values()
        codes = sorted({pair.base for pair in pairs} | {pair.quote for pair in pairs})
        return compact([_currency(code) for code in codes])


def _entry(pair: Pair, trading: bool, newer: bool) -> dict[str, Any]:
    step, tick = plain(1, pair.volume_digits), plain(1, pair.price_digits)
    entry = {
        "symbol": pair.name,
        "name": pair.name,
        "baseCurrency": pair.base,
        "quoteCurrency": pair.quote,
        "feeCurrency": pair.quote,
        "market": pair.quote,
        "baseMinSize": step,
        "quoteMinSize": "0.1",
        "baseMaxSize": "10000000000",
        "quoteMaxSize": "99999999",
        "baseIncrement": step,
        "quoteIncrement": tick,
        "priceIncrement": tick,
        "priceLimitRate": "0.1",
        "minFunds": "0.1",
        "isMarginEnabled": False,
        "enableTrading": trading,
    }
    return {**entry, **_NEWER} if newer else entry


def _currency(code: str) -> dict[str, Any]:
    return {
        "currency": code,
        "name": code,
        "fullName": code,
        "precision": 8,
        "confirms": None,
        "contractAddress": None,
        "isMarginEnabled": False,
        "isDebitEnabled": False,
        "chains": [],
    }
