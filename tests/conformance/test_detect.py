"""Which exchange is an adapter for? Told by the hosts it goes to."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from typing import Any

import pytest
import requests

from conformance.detect import UnknownHost, exchange_at, exchange_of, hosts
from conformance.loading import Factory, LoadError
from conformance.subject import AdapterRaised
from reference_adapters import BinanceAdapter

REST = "https://api.binance.com/api/v3/klines"


class RestOnly(BinanceAdapter):
    get_ws_url = None  # type: ignore[assignment]

    def get_ws_supported_intervals(self) -> list[str]:
        return []


class OwnSession:
    """Has nothing but a blocking library of its own."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def get_supported_intervals(self) -> dict[str, int]:
        return {"1h": 3600}

    def fetch_rest_candles_synchronous(self, pair: str, interval: str, **rest: Any) -> Any:
        return self.session.get(REST, params={"symbol": pair}, timeout=5).json()


class BlockingInAsync(OwnSession):
    async def fetch_rest_candles(self, pair: str, interval: str, **rest: Any) -> Any:
        with urllib.request.urlopen(REST, timeout=5) as answer:  # noqa: ASYNC210
            return answer.read()

    fetch_rest_candles_synchronous = None  # type: ignore[assignment]


class TokenFirst(BinanceAdapter):
    """Cannot name its URL before it has a token, which it fetches."""

    async def get_ws_url(self) -> str:  # type: ignore[override]
        token = await self._network_client.get_rest_data("https://api.binance.com/api/v3/x")
        return f"wss://{token}"


class UrlRaises(BinanceAdapter):
    def get_ws_url(self) -> str:
        raise RuntimeError("no network")


class UrlOfATest(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://stream.testnet.binance.vision/ws"


class SeveralHosts(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://ws.example.com/x"


FOUND = [
    BinanceAdapter, RestOnly, OwnSession, BlockingInAsync, TokenFirst, UrlRaises, UrlOfATest,
    SeveralHosts,
]  # fmt: skip


def factory(adapter: Any) -> Factory:
    wants = (
        ("network_client",)
        if isinstance(adapter, type) and issubclass(adapter, BinanceAdapter)
        else ()
    )
    return Factory("test:Adapter", adapter, wants)


@pytest.mark.parametrize("adapter", FOUND)
def test_the_exchange_is_told_by_a_host(adapter: type) -> None:
    assert exchange_of(factory(adapter)) == "binance"


class Elsewhere(SeveralHosts):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> Any:
        return await self._network_client.get_rest_data("https://api.example.org/klines")


class Nowhere:
    pass


@pytest.mark.parametrize(
    ("adapter", "went"),
    [
        (Elsewhere, "it goes to ws.example.com, api.example.org"),
        (Nowhere, "it names no host"),
    ],
)
def test_an_exchange_that_cannot_be_told_must_be_given(adapter: type, went: str) -> None:
    with pytest.raises(UnknownHost) as raised:
        exchange_of(factory(adapter))
    assert str(raised.value).splitlines()[0] == (
        f"cannot tell the exchange of --adapter test:Adapter: {went}"
    )
    assert "--exchange NAME (known: binance" in str(raised.value)


@pytest.mark.parametrize("gives", [None, BinanceAdapter])
def test_a_factory_that_gives_no_adapter(gives: Any) -> None:
    with pytest.raises(LoadError, match=r"gives .*, expected an adapter"):
        exchange_of(factory(lambda: gives))


def test_a_constructor_that_raises_is_the_adapters() -> None:
    def make() -> Any:
        raise OSError("no key")

    with pytest.raises(AdapterRaised, match="the constructor raised OSError: no key"):
        exchange_of(factory(make))


def test_an_async_factory_is_awaited() -> None:
    async def make() -> Any:
        return BinanceAdapter()

    assert exchange_of(factory(make)) == "binance"


def test_every_exchange_has_hosts_of_its_own() -> None:
    known = hosts()
    assert known["stream.binance.com"] == known["api.binance.com"] == "binance"


def test_a_host_loads_the_exchange_that_it_names_and_no_other() -> None:
    code = (
        "import sys; from conformance.detect import exchange_at; "
        "print(exchange_at('ws.okx.com'), [m for m in sys.modules if m.startswith("
        "('mock_exchanges.binance', 'mock_exchanges.kucoin', 'mock_exchanges.coinbase'))])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "okx []\n"


def test_a_host_that_names_no_exchange_is_looked_for_at_all() -> None:
    assert exchange_at("advanced-trade-ws.coinbase.com") == "coinbase"
    assert exchange_at("api.example.com") is None
    assert {host: exchange_at(host) for host in hosts()} == hosts()
