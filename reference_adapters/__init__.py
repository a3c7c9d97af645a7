"""Small, correct adapters to copy from, one per exchange."""

from reference_adapters.binance import BinanceAdapter
from reference_adapters.coinbase import CoinbaseAdapter
from reference_adapters.demo import DemoAdapter
from reference_adapters.kucoin import KuCoinAdapter
from reference_adapters.okx import OKXAdapter

__all__ = ["BinanceAdapter", "CoinbaseAdapter", "DemoAdapter", "KuCoinAdapter", "OKXAdapter"]
