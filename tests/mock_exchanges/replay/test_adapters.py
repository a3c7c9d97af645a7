"""A right adapter's run, recorded with a break in it, is the same run against the replay."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from conformance.driver.feed import AdapterFeed
from conformance.driver.network_client import NetworkClient
from conformance.network import Network
from conformance.subject import Subject
from mock_exchanges.faults import CloseCode, Reset
from mock_exchanges.replay import Recorder, Replay
from mock_exchanges.server.mock import MockExchange
from reference_adapters.binance import BinanceAdapter
from reference_adapters.coinbase import CoinbaseAdapter
from reference_adapters.demo import DemoAdapter
from reference_adapters.kucoin import KuCoinAdapter
from reference_adapters.okx import OKXAdapter
from tests.mock_exchanges.faults.bench import play

WATCHED_S = 400


async def watched(
    mock: MockExchange, adapter: type[Any], interval: str
) -> tuple[list[Any], list[str]]:
    """Return the candles that an adapter's host emits, and what the host notes."""
    client = NetworkClient(lambda _: mock.plain_address)
    samples = mock.exchange.samples
    feed = AdapterFeed(
        Subject(adapter(network_client=client), Network(), client),
        client, samples.pairs[0], interval, samples.meanings(interval)[0].grid,
        mock.now_ms, care=samples,
    )  # fmt: skip
    await feed.start()
    await asyncio.sleep(WATCHED_S)
    await feed.stop()
    await client.close()
    assert feed.errors == []
    return feed.candles, [note.text for note in feed.notes]


@pytest.mark.parametrize(
    ("exchange", "adapter", "interval"),
    [
        ("binance", BinanceAdapter, "1m"),
        ("coinbase", CoinbaseAdapter, "5m"),
        ("demo", DemoAdapter, "1m"),
        ("kucoin", KuCoinAdapter, "1m"),
        ("okx", OKXAdapter, "1m"),
    ],
)
def test_the_host_of_a_right_adapter_emits_the_same_candles(
    exchange: str, adapter: type[Any], interval: str, tmp_path: Path
) -> None:
    file = tmp_path / "journal.jsonl"

    async def record() -> tuple[list[Any], list[str]]:
        mock = MockExchange(exchange)
        with Recorder(mock.journal, file):
            async with mock:
                mock.add_fault(CloseCode(code=1012, after=7, connection=1))
                mock.add_fault(Reset(after=3, connection=2))
                return await watched(mock, adapter, interval)

    async def replay() -> tuple[list[Any], list[str], list[str]]:
        async with MockExchange(Replay.factory(file, exchange)) as mock:
            candles, notes = await watched(mock, adapter, interval)
            misses = [entry.text for entry in mock.journal.of("near-miss")]
            return candles, notes, misses

    candles, notes = play(record)
    assert candles
    assert sum(note.startswith("reconnects") for note in notes) == 2
    again, noted, misses = play(replay)
    assert again == candles
    assert noted == notes
    assert [each for each in misses if "in the recording" in each] == []
