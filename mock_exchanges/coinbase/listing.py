"""What is listed: products, and the currencies and rates of the older API that clients ask for.

https://docs.cdp.coinbase.com/api-reference/advanced-trade-api/rest-api/public/list-public-products
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mock_exchanges.coinbase.names import Names
from mock_exchanges.coinbase.wire import trimmed
from mock_exchanges.core.calendar import DAY_MS, every
from mock_exchanges.core.candle import Candle, fixed
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair

_DAYS = every(DAY_MS)
# money one holds in a bank; the others are assets on a chain
_CASH = {"USD": "US Dollar", "EUR": "Euro", "GBP": "Pound Sterling"}
_DOLLARS = ("USD", "USDC", "USDT")


class Listing:
    """The products of a market as Coinbase lists them."""

    def __init__(self, market: Market, names: Names) -> None:
        self._market = market
        self._names = names

    def product(self, product: str, now_ms: int) -> dict[str, Any]:
        """Return one product, listed for certain."""
        book = self._names.shown(product)
        pair = self._market.pairs[book]
        quote = product.rpartition("-")[2]
        day = self._candle(book, now_ms)
        halted = not self._market.trading(book, now_ms)
        price = trimmed(day.close, day.price_digits) if day else ""
        tick, step = _unit(pair.price_digits), _unit(pair.volume_digits)
        return {
            "product_id": product,
            "price": price,
            "price_percentage_change_24h": _change(day),
            "volume_24h": trimmed(day.volume, day.volume_digits) if day else "",
            "volume_percentage_change_24h": "0",
            "base_increment": step,
            "quote_increment": tick,
            "quote_min_size": "1",
            "quote_max_size": "50000000",
            "base_min_size": step,
            "base_max_size": _most(pair),
            "base_name": pair.base,
            "quote_name": _CASH.get(quote, quote),
            "watched": False,
            "is_disabled": False,
            "new": False,
            "status": "online",
            "cancel_only": False,
            "limit_only": False,
            "post_only": False,
            "trading_disabled": halted,
            "auction_mode": False,
            "product_type": "SPOT",
            "quote_currency_id": quote,
            "base_currency_id": pair.base,
            "fcm_trading_session_details": None,
            "mid_market_price": "",
            "alias": book if book != product else "",
            "alias_to": [alias for alias, name in self._names.aliases.items() if name == product],
            "base_display_symbol": pair.base,
            "quote_display_symbol": "USD" if quote == "USDC" else quote,
            "view_only": False,
            "price_increment": tick,
            "display_name": f"{pair.base}-{quote}",
            "product_venue": "CBE",
            "approximate_quote_24h_volume": "",
        }

    def products(
        self, wanted: Iterable[str], limit: int, offset: int, now_ms: int
    ) -> dict[str, Any]:
        """Return a page of the list, of some products if asked; ``limit`` 0 is no limit."""
        only = set(wanted)
        listed = [name for name in self._names.products if not only or name in only]
        page = listed[max(offset, 0) :]
        shown = page[:limit] if limit > 0 else page
        return {
            "products": [self.product(name, now_ms) for name in shown],
            "num_products": len(shown),
            "pagination": None,
        }

    def currencies(self) -> dict[str, Any]:
        """Return the money of ``/v2/currencies``."""
        return {
            "data": [{"id": code, "name": name, "min_size": "0.01"} for code, name in _CASH.items()]
        }

    def assets(self) -> dict[str, Any]:
        """Return the assets of ``/v2/currencies/crypto``."""
        found = dict.fromkeys(
            code for name in self._names.products for code in name.split("-") if code not in _CASH
        )
        return {
            "data": [
                {
                    "code": code,
                    "name": code,
                    "color": "#1652F0",
                    "sort_index": 100 + index,
                    "exponent": 8,
                    "type": "crypto",
                    "address_regex": "^.*$",
                    "asset_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, code)),
                }
                for index, code in enumerate(found)
            ]
        }

    def rates(self, now_ms: int) -> dict[str, Any]:
        """Return what a dollar buys, ``/v2/exchange-rates``."""
        rates = dict.fromkeys(_DOLLARS, "1")
        for name in self._names.books:
            pair = self._market.pairs[name]
            candle = self._candle(name, now_ms)
            if pair.quote in _DOLLARS and pair.base not in rates and candle is not None:
                rates[pair.base] = f"{1 / candle.decimal('close'):.16f}"
        return {"data": {"currency": "USD", "rates": rates}}

    def _candle(self, book: str, now_ms: int) -> Candle | None:
        return self._market.at(book, _DAYS, now_ms)


def _unit(digits: int) -> str:
    return fixed(1, digits, digits)


def _most(pair: Pair) -> str:
    """Return the largest order, some ten million quote units."""
    return str(max(1, round(Decimal(10_000_000) / pair.price)))


def _change(day: Candle | None) -> str:
    if day is None:
        return ""
    return f"{(day.close - day.open) * 100 / Decimal(day.open):.8f}"
