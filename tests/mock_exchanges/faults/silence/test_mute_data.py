"""mute-data: no candles, all else goes on, and nothing else tells of it."""

from __future__ import annotations

import json

import aiohttp
import pytest

from mock_exchanges.faults import MuteData, MutePong
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault


def test_candles_stop_and_pings_go_on() -> None:
    async def act(one: Client) -> list[aiohttp.WSMessage]:
        ws = await one.subscribed()
        await one.candles(ws, 5)
        heard = await one.hears(ws, 16)
        await ws.close()
        return heard

    heard = with_fault(MuteData(after=5), act)
    assert heard
    assert not any('"candle' in message.data for message in heard)
    assert any('"ping"' in message.data for message in heard)


def test_heartbeats_go_on_and_their_numbers_have_no_gap() -> None:
    async def act(one: Client) -> list[str]:
        ws = await one.subscribed()
        await one.candles(ws, 5)
        return [each.data for each in await one.hears(ws, 30)]

    heard = with_fault(MuteData(after=5), act, "coinbase")
    assert not [text for text in heard if '"candles"' in text and '"heartbeats"' not in text]
    beats = [json.loads(text) for text in heard]
    numbers = [each["sequence_num"] for each in beats if each["channel"] == "heartbeats"]
    assert len(numbers) >= 29
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("exchange", ["binance", "okx", "kucoin", "coinbase"])
def test_a_snapshot_is_a_candle_too(exchange: str) -> None:
    async def act(one: Client) -> list[str]:
        ws = await one.subscribed()
        return [str(each.data) for each in await one.hears(ws, 10) if one.tells(str(each.data))]

    assert with_fault(MuteData(), act, exchange) == []


def test_when_it_is_removed_candles_go_on_from_there() -> None:
    async def main() -> None:
        async with client("binance") as one:
            ws = await one.subscribed()
            await one.candles(ws, 2)
            active = one.mock.add_fault(MuteData())
            assert await one.hears(ws, 15) == []
            one.mock.remove_fault(active)
            since = one.mock.now_ms()
            (text,) = await one.candles(ws, 1)
            assert json.loads(text)["E"] >= since

    play(main)


def test_together_with_mute_pong_nothing_answers_and_the_exchange_still_pings() -> None:
    bench = Bench()
    one = bench.open()
    one.subscribe(BTC)
    faults = [
        install(fault, bench.engine, number, 1, T0)
        for number, fault in enumerate((MuteData(), MutePong()), 1)
    ]
    before = len(one.texts)
    bench.run(T0 + MINUTE)
    assert one.say({"op": "ping", "id": 1}) == []
    assert len(one.texts) == before
    assert len(one.pings) == 4
    uninstall(faults[0], bench.now)
    assert one.say({"op": "ping", "id": 2}) == []
    bench.run(T0 + 2 * MINUTE)
    assert len(one.candles) > 5
    uninstall(faults[1], bench.now)
    (pong,) = one.say({"op": "ping", "id": 3})
    assert pong["op"] == "pong"
    assert one.closed is None


@pytest.mark.parametrize(
    ("fault", "kept"),
    [
        (MuteData(every=2), lambda n: n % 2 == 1),
        (MuteData(times=3), lambda n: n >= 3),
        (MuteData(times=2, after=1), lambda n: n not in (1, 2)),
        (MuteData(connection=2), lambda n: True),
        (MuteData(stream="ETH"), lambda n: True),
    ],
)
def test_the_scope_counts_each_candle_once(fault: MuteData, kept: object) -> None:
    told = {}
    for struck in (False, True):
        bench = Bench()
        one = bench.open()
        one.subscribe(BTC)
        if struck:
            install(fault, bench.engine, 1, 1, T0)
        before = len(one.candles)
        bench.run(T0 + 30 * SECOND)
        told[struck] = one.candles[before:]
    assert callable(kept)
    assert told[True] == [each for n, each in enumerate(told[False]) if kept(n)]
    assert len(told[False]) > 5


def test_from_a_time_on_for_a_time() -> None:
    bench = Bench()
    one = bench.open()
    one.subscribe(BTC)
    install(MuteData(from_s=10, for_s=20), bench.engine, 1, 1, T0)
    bench.run(T0 + MINUTE)
    times = [at - T0 for at, _ in one.candles]
    assert not [at for at in times if 10 * SECOND <= at < 30 * SECOND]
    assert [at for at in times if at < 10 * SECOND]
    assert [at for at in times if at >= 30 * SECOND]
