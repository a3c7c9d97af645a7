"""What is listed: exchangeInfo and ticker/price.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api/general-endpoints
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.calendar import DAY_MS, MINUTE_MS, every, monthly
from mock_exchanges.core.candle import fixed
from mock_exchanges.core.following import Following
from mock_exchanges.core.http import compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair

_MINUTES = every(MINUTE_MS)
# A halt is bridged with the last price of the day, then of the month.
_PRICE_GRIDS = (_MINUTES, every(DAY_MS), monthly())


class Listing:
    """The pairs of a market as Binance lists them."""

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile

    @cached_property
    def _entries(self) -> Following[dict[tuple[str, str], str]]:
        return Following(self._market.pairs, _entries)

    def exchange_info(
        self, pairs: Sequence[str], now_ms: int, micro: bool, status: str | None = None
    ) -> bytes:
        """Return the body for some pairs, of one status if asked."""
        known = self._entries.get()
        entries = [
            known[name, found]
            for name in pairs
            if status in (None, found := self._status(name, now_ms))
        ]
        head = compact(
            {
                "timezone": "UTC",
                "serverTime": now_ms * 1000 if micro else now_ms,
                "rateLimits": _rate_limits(self._profile),
                "exchangeFilters": [],
            }
        )
        return f'{head[:-1]},"symbols":[{",".join(entries)}]}}'.encode()

    def price(self, pair: str, now_ms: int) -> str | None:
        """Return the ticker of a pair, or None while it has no price."""
        for grid in _PRICE_GRIDS:
            candle = self._market.at(pair, grid, now_ms)
            if candle is not None:
                price = fixed(candle.close, candle.price_digits, wire.PLACES)
                return f'{{"symbol":"{wire.symbol(self._market.pairs[pair])}","price":"{price}"}}'
        return None

    def _status(self, pair: str, now_ms: int) -> str:
        """A pair trades unless it is not listed yet or halted."""
        return "TRADING" if self._market.trading(pair, now_ms) else "BREAK"


def _entries(pairs: Mapping[str, Pair]) -> dict[tuple[str, str], str]:
    return {
        (name, status): compact(_entry(pair, status))
        for name, pair in pairs.items()
        for status in ("TRADING", "BREAK")
    }


def _rate_limits(profile: Profile) -> list[dict[str, Any]]:
    limits = (
        ("REQUEST_WEIGHT", "MINUTE", 1, profile.weight_limit),
        ("ORDERS", "SECOND", 10, 100),
        ("ORDERS", "DAY", 1, 200_000),
        ("RAW_REQUESTS", "MINUTE", 5, profile.raw_requests),
    )
    keys = ("rateLimitType", "interval", "intervalNum", "limit")
    return [dict(zip(keys, limit, strict=True)) for limit in limits]


def _entry(pair: Pair, status: str) -> dict[str, Any]:
    tick = fixed(1, pair.price_digits, wire.PLACES)
    step = fixed(1, pair.volume_digits, wire.PLACES)
    highest = fixed(int(pair.price) * 1000 + 1000, 0, wire.PLACES)
    return {
        "symbol": wire.symbol(pair),
        "status": status,
        "baseAsset": pair.base,
        "baseAssetPrecision": 8,
        "quoteAsset": pair.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        # First, because there are clients that read filters[0] for the tick size.
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": highest, "tickSize": tick},
            {
                "filterType": "LOT_SIZE",
                "minQty": step,
                "maxQty": "9000000.00000000",
                "stepSize": step,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_MAKER"],
    }
