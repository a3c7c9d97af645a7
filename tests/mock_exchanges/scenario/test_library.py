"""The ready scenarios: each tells what it is, happens, and happens again byte for byte."""

from __future__ import annotations

import asyncio

import pytest

from conformance.clock import run
from conformance.driver.feed import AdapterFeed
from conformance.driver.network_client import NetworkClient
from conformance.network import Network
from conformance.subject import Subject
from mock_exchanges.faults import Fault
from mock_exchanges.scenario import Scenario, library
from mock_exchanges.server.mock import MockExchange
from reference_adapters import BinanceAdapter, DemoAdapter, OKXAdapter
from reference_adapters.demo import DemoTokenAdapter
from tests.mock_exchanges.scenario.host import EPOCH_MS, Host

NAMES = sorted(library())
# those that only an exchange with tokens can play, or one that is pinged by its clients
ONLY = {"token-expired-on-reconnect": ["demo@token"], "pong-lost": ["okx"]}
REST = {
    "demo": "/api/v1/candles?symbol=BTC-USDT&interval=1m&limit=3",
    "demo@token": "/api/v1/candles?symbol=BTC-USDT&interval=1m&limit=3",
    "okx": "/api/v5/market/candles?instId=BTC-USDT&bar=1m&limit=3",
    "binance": "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3",
}
# long enough for what happens, seconds
LONG = {"24h-cut": 86_500.0, "long-outage": 8_000.0}
# a day of one exchange is enough
DAYLONG = {"24h-cut"}
SECONDS = 900.0


def exchanges(name: str) -> list[str]:
    """Return where a scenario is tried."""
    return ONLY.get(name, ["demo", "binance"])


def test_there_are_a_dozen_and_more() -> None:
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_each_tells_what_it_is_and_where_it_comes_from(name: str) -> None:
    scenario = library()[name]
    assert scenario.name == name
    assert scenario.about.endswith(".") and scenario.about.count(".") == 1
    assert scenario.sources and all(each.startswith("https://") for each in scenario.sources)
    assert scenario.faults or scenario.market


@pytest.mark.parametrize("name", NAMES)
def test_twice_in_memory_is_byte_for_byte_the_same(name: str) -> None:
    for exchange in exchanges(name)[-1:] if name in DAYLONG else exchanges(name):
        seconds = LONG.get(name, SECONDS)
        once, again, plain = (
            Host(exchange, scenario, 7, REST[exchange]).run(seconds)
            for scenario in (library()[name], library()[name], Scenario())
        )
        assert once == again
        assert once != plain  # it happened


def kinds(faults: tuple[Fault, ...]) -> set[str]:
    """Return the names of faults, and of those that follow from them."""
    return {each.fault for each in faults} | {k for f in faults for k in kinds(f.then)}


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_of_it_strikes(name: str) -> None:
    exchange = exchanges(name)[0]
    host = Host(exchange, library()[name], 7, REST[exchange], stale=True)
    host.run(LONG.get(name, SECONDS))
    struck = {
        entry.text.partition(" ")[0]
        for entry in host.journal.of("fault")
        if " strikes" in entry.text
    }
    assert kinds(library()[name].faults) <= struck


def over_sockets(name: str, exchange: str, adapter: type, seconds: float) -> bytes:
    """Return the journal of a feed at a mock that plays a scenario, on virtual time."""

    async def main() -> bytes:
        async with MockExchange(exchange, seed=7, scenario=name) as mock:
            client = NetworkClient(lambda host: mock.plain_address)
            subject = Subject(adapter(), Network(), client)
            samples = mock.exchange.samples
            feed = AdapterFeed(
                subject, client, samples.pairs[0], "1m",
                samples.meanings("1m")[0].grid, mock.now_ms, care=samples,
            )  # fmt: skip
            await feed.start()
            await asyncio.sleep(seconds)
            await feed.stop()
            await client.close()
            return mock.journal.bytes()

    return run(main, epoch_ms=EPOCH_MS)


@pytest.mark.parametrize("name", NAMES)
def test_twice_over_sockets_is_byte_for_byte_the_same(name: str) -> None:
    made = {
        "demo": DemoAdapter, "demo@token": DemoTokenAdapter, "binance": BinanceAdapter,
        "okx": OKXAdapter,
    }  # fmt: skip
    exchange = exchanges(name)[0]
    # a day of it is for the other test
    seconds = min(LONG.get(name, SECONDS), 9_000.0)
    once, again = (over_sockets(name, exchange, made[exchange], seconds) for _ in range(2))
    assert once == again
    assert b'"fault"' in once or b'"market"' in once
