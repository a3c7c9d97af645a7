"""The driver around a passive adapter, against the real mock on virtual time."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance import clock
from conformance.contract import Reading
from conformance.driver.feed import AdapterFeed
from conformance.driver.network_client import NetworkClient
from conformance.driver.pauses import FIRST_PAUSE_S, LONGEST_PAUSE_S
from conformance.loading import Factory
from conformance.network import Network
from conformance.setting import Setting, Trust
from conformance.subject import Subject
from conformance.world import World
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.calendar import every
from mock_exchanges.faults import HttpStatus, MuteData, Reorder
from reference_adapters import BinanceAdapter
from reference_adapters.binance import Candle
from tests.conformance.playing import minutes, notes, silence, whole
from tests.gallery.fair import SmallPages


def test_history_comes_by_rest_and_the_rest_by_stream(play: Callable[..., AdapterFeed]) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(60 * 5.5)
        whole(world, feed)
        assert world.mock.engine.accepted == 1

    feed = play(scenario)
    assert [c.source for c in feed.candles] == ["rest"] * 3 + ["stream"] * 5
    assert notes(feed, "reconnects", "failed", "stalled") == []


def test_a_page_that_the_adapter_refuses_is_asked_for_in_parts(
    play: Callable[..., AdapterFeed],
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(90)
        world.mock.end_connections(Drop("eof"))
        time.sleep(60 * 400)  # noqa: ASYNC251 - the machine sleeps
        await asyncio.sleep(60 * 10)
        whole(world, feed)

    feed = play(scenario, SmallPages)
    assert notes(feed, "PageTooLarge")


@pytest.mark.parametrize("end", [Drop("eof"), Drop("reset"), Close(1001), Close(1012, "restart")])
def test_each_end_of_a_connection_is_followed_by_another(
    play: Callable[..., AdapterFeed], end: Close | Drop
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        for number in (1, 2, 3):
            await asyncio.sleep(70)
            assert world.mock.engine.accepted == number
            world.mock.end_connections(end)
        await asyncio.sleep(70)
        assert world.mock.engine.accepted == 4
        whole(world, feed)

    play(scenario)


def test_what_was_missed_is_filled_page_by_page(
    play: Callable[..., AdapterFeed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.driver.filling.PAGE", 4)

    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(90)
        away = (HttpStatus(of="handshake"), HttpStatus(of="rest", body="away"))
        for fault in away:
            world.mock.add_fault(fault)
        world.mock.end_connections(Drop("eof"))
        await asyncio.sleep(60 * 11)
        known = len(feed.candles)
        for fault in away:
            world.mock.remove_fault(fault)
        await asyncio.sleep(60 * 3)
        assert known <= 5
        whole(world, feed)

    feed = play(scenario)
    assert [c.source for c in feed.candles].count("rest") >= 12
    assert notes(feed, "fill (poll) failed: fetch_rest_candles raised HttpError: HTTP 503")


def test_pauses_grow_with_jitter_and_start_again_after_candles(
    play: Callable[..., AdapterFeed],
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        fault = HttpStatus(of="handshake", times=9)
        world.mock.add_fault(fault)
        await asyncio.sleep(600)
        assert world.mock.engine.accepted == 1
        world.mock.end_connections(Drop("eof"))
        await asyncio.sleep(60)
        assert world.mock.engine.accepted == 2

    def pauses(seed: int) -> list[float]:
        feed = play(scenario, seed=seed)
        return [float(note.split()[2]) for note in notes(feed, "reconnects in")]

    first, other = pauses(1), pauses(2)
    assert len(first) == len(other) == 10
    for number, (one, two) in enumerate(zip(first[:9], other[:9], strict=True)):
        nominal = min(FIRST_PAUSE_S * 2**number, LONGEST_PAUSE_S)
        for pause in (one, two):
            assert 0.75 * nominal - 0.1 <= pause <= 1.25 * nominal + 0.1
    assert first[-1] <= 1.4 * FIRST_PAUSE_S  # candles came in between
    assert first != other
    assert first == pauses(1)


def test_while_handshakes_are_refused_rest_is_polled(play: Callable[..., AdapterFeed]) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        world.mock.add_fault(HttpStatus(of="handshake"))
        await asyncio.sleep(60 * 6.5)
        whole(world, feed)

    feed = play(scenario)
    assert {c.source for c in feed.candles} == {"rest"}
    late = [c.at_ms - c.open_ms - 60_000 for c in feed.candles[3:]]
    assert max(late) < 70_000


class RestOnly(BinanceAdapter):
    def get_ws_supported_intervals(self) -> list[str]:
        return []


class NotImplementedUrl(BinanceAdapter):
    def get_ws_url(self) -> str:
        raise NotImplementedError


class OneInterval(BinanceAdapter):
    def get_ws_supported_intervals(self) -> list[str]:
        return ["1h"]


@pytest.mark.parametrize("adapter", [RestOnly, NotImplementedUrl, OneInterval])
def test_without_a_stream_rest_is_polled_once_a_candle(
    play: Callable[..., AdapterFeed], adapter: type
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(60 * 6.5)
        whole(world, feed)
        assert world.mock.engine.accepted == 0
        assert len(world.journal.of("request")) == 7  # the history, and six closes

    feed = play(scenario, adapter)
    assert all(c.at_ms - c.open_ms - 60_000 <= 3_000 for c in feed.candles[3:])


class Repeats(BinanceAdapter):
    """Gives each candle three times, and the one before with it."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self.last: list[Candle] = []

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles is None:
            return None
        made = [*candles, *self.last, *candles, *candles]
        self.last = candles
        return made


def test_duplicates_and_stale_updates_are_kept_as_they_came_and_passed_on_once(
    play: Callable[..., AdapterFeed],
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(60 * 5.5)
        whole(world, feed)
        assert len(feed.updates) > 2 * len(world.journal.of("out"))

    play(scenario, Repeats)


def test_an_older_update_that_comes_late_does_not_win(play: Callable[..., AdapterFeed]) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(30)
        world.mock.add_fault(Reorder())
        await asyncio.sleep(60 * 12)
        whole(world, feed)

    feed = play(scenario)
    came = [(each.timestamp, each.volume) for each in feed.updates]
    swapped = [(a, b) for a, b in itertools.pairwise(came) if b < a]
    # updates of one candle changed places, and the last of one with the first of the next
    assert {b[0] < a[0] for a, b in swapped} == {False, True}


@pytest.mark.parametrize(
    ("updates", "volume"),
    [
        ([(60, 1), (60, 3), (60, 2)], 3),
        ([(60, 1), (60, 3), (0, 9)], 3),
        ([(60, 1), (60, 1)], 1),
        ([(60, 5), (120, 1)], 1),
    ],
)
async def test_the_larger_volume_is_the_later_update(
    updates: list[tuple[int, int]], volume: int
) -> None:
    feed = AdapterFeed(
        Subject(None, Network(), client := NetworkClient(lambda host: None)), client,
        "BTC-USDT", "1m", every(60_000), lambda: 30_000, history=0,
    )  # fmt: skip
    feed._next_ms = 0
    feed._ask_from_ms = 10**9  # REST has nothing to say here
    for timestamp, traded in updates:
        await feed._take(Reading(timestamp, 1, 1, 1, 1, traded))
    assert feed._running is not None
    assert feed._running.volume == volume
    assert len(feed.updates) == len(updates)
    await client.close()


def test_a_stall_is_noticed_and_mended(play: Callable[..., AdapterFeed]) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(100)
        world.mock.add_fault(MuteData(connection=1))
        await asyncio.sleep(400)
        assert world.mock.engine.accepted == 2
        whole(world, feed)

    assert notes(play(scenario), "stalled") == ["stalled: no candle for 150 s"]


def test_a_candle_whose_end_was_lost_is_not_passed_on_half(
    play: Callable[..., AdapterFeed],
) -> None:
    """Silence shorter than a stall, over the end of a minute."""

    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(100)
        await silence(world, 80)
        await asyncio.sleep(150)
        assert world.mock.engine.accepted == 1
        whole(world, feed)

    assert len(notes(play(scenario), "did not come")) == 1


def test_a_quiet_market_is_no_stall(play: Callable[..., AdapterFeed]) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(3600)
        assert world.mock.engine.accepted == 1
        whole(world, feed, world.samples.quiet_pair)

    feed = play(scenario, quiet=True)
    assert notes(feed, "stalled", "reconnects", "did not come") == []


@pytest.mark.parametrize("after_s", [0, 0.001, 1.0, 59.9, 63.0])
def test_stop_leaves_nothing_whenever_it_comes(
    play: Callable[..., AdapterFeed], after_s: float
) -> None:
    play(minutes(after_s / 60))
    play(minutes(after_s / 60), RestOnly)


def test_stop_twice_and_before_the_start(trust: Trust) -> None:
    async def main() -> None:
        setting = Setting(Factory("test:Adapter", BinanceAdapter, ()), "binance")
        async with World(setting, trust) as world:
            feed = world.feed(await world.subject(), "BTC-USDT", "1m")
            await feed.stop()
            await feed.start()
            await feed.stop()
            await feed.stop()

    clock.run(main)
