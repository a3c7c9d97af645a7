"""Small, correct adapters to copy from, one per exchange."""

from reference_adapters.binance import BinanceAdapter

__all__ = ["BinanceAdapter"]
