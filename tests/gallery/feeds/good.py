"""Right feeds: the reference adapters in the suite's own driver, as a user's program runs them.

They go to the production host names by TLS, with a client of their own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

from conformance.contract import Reading
from conformance.driver.feed import AdapterFeed
from conformance.driver.network_client import NetworkClient
from conformance.network import Network
from conformance.subject import Subject
from mock_exchanges.registry import create
from reference_adapters import (
    BinanceAdapter,
    CoinbaseAdapter,
    DemoAdapter,
    KuCoinAdapter,
    OKXAdapter,
)
from reference_adapters.demo import DemoTokenAdapter


class Counted(list[Reading]):
    """Counts what is put in, and keeps none of it: a feed may run for months."""

    _count = 0

    def append(self, item: Reading) -> None:
        self._count += 1

    def __len__(self) -> int:
        return self._count


class Telling(AdapterFeed):
    """A feed of one adapter that tells a caller what it has and meets."""

    adapter: type = DemoAdapter
    exchange = "demo"

    def __init__(
        self,
        trading_pair: str,
        interval: str,
        on_candle: Callable[[Any], object],
        on_update: Callable[[Any], object],
        on_status: Callable[[Any], object],
    ) -> None:
        samples = create(self.exchange).samples
        client = NetworkClient(lambda host: None)
        subject = Subject(self.made(client), Network(), client)
        grid = samples.meanings(interval)[0].grid
        self._own_client = client
        self._tell = on_candle, on_update, on_status
        super().__init__(
            subject, client, trading_pair, interval, grid, now_ms,
            history=0, care=samples,
        )  # fmt: skip
        self.updates = Counted()

    def made(self, client: NetworkClient) -> Any:
        """Return the adapter."""
        try:
            return self.adapter(network_client=client)
        except TypeError:
            return self.adapter()

    async def stop(self) -> None:
        await super().stop()
        await self._own_client.close()

    async def _take(self, reading: Reading) -> None:
        self._tell[1](reading)
        await super()._take(reading)

    def _emit(self, reading: Reading, source: Literal["stream", "rest"]) -> None:
        super()._emit(reading, source)
        self._tell[0](reading)

    def _note(self, text: str) -> None:
        super()._note(text)
        self._tell[2](text)


def now_ms() -> int:
    """Return the time, epoch milliseconds."""
    return round(time.time() * 1000)


class DemoFeed(Telling):
    """The guide's exchange."""


class DemoTokenFeed(Telling):
    """The guide's exchange, with a token for each connection."""

    adapter, exchange = DemoTokenAdapter, "demo@token"


class BinanceFeed(Telling):
    """Binance."""

    adapter, exchange = BinanceAdapter, "binance"


class CoinbaseFeed(Telling):
    """Coinbase Advanced Trade."""

    adapter, exchange = CoinbaseAdapter, "coinbase"


class KuCoinFeed(Telling):
    """KuCoin."""

    adapter, exchange = KuCoinAdapter, "kucoin"


class OKXFeed(Telling):
    """OKX."""

    adapter, exchange = OKXAdapter, "okx"


GOOD = {
    "DemoFeed": "demo",
    "DemoTokenFeed": "demo@token",
    "BinanceFeed": "binance",
    "CoinbaseFeed": "coinbase",
    "KuCoinFeed": "kucoin",
    "OKXFeed": "okx",
}
