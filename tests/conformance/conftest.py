"""A driver to play scenarios with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from conformance import clock
from conformance.driver.feed import AdapterFeed
from conformance.loading import Factory
from conformance.setting import Setting, Trust
from conformance.world import World
from reference_adapters import BinanceAdapter
from tests.conformance.playing import Scenario


@pytest.fixture
def play(trust: Trust) -> Callable[..., AdapterFeed]:
    """Run a feed of an adapter while a scenario goes on; no task of it may be left."""

    def run(
        scenario: Scenario,
        adapter: type = BinanceAdapter,
        interval: str = "1m",
        quiet: bool = False,
        seed: int = 1,
    ) -> AdapterFeed:
        feeds: list[AdapterFeed] = []

        async def main() -> None:
            setting = Setting(Factory("test:Adapter", adapter, ()), "binance", seed)
            async with World(setting, trust) as world:
                pair = world.samples.quiet_pair if quiet else world.samples.pairs[0]
                subject = await world.subject()
                subject.adapter._network_client = world.client
                before = asyncio.all_tasks()
                feed = world.feed(subject, pair, interval)
                feeds.append(feed)
                await feed.start()
                try:
                    await scenario(world, feed)
                finally:
                    await feed.stop()
                await asyncio.sleep(1)  # the mock's side of the connection ends as well
                left = asyncio.all_tasks() - before
                # the mock keeps connections of its HTTP clients open
                assert [t for t in left if "RequestHandler" not in repr(t)] == []
                assert not world.mock.engine.connections

        clock.run(main)
        return feeds[0]

    return run
