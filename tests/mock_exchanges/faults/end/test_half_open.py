"""half-open: silence in both directions, with TCP up, until the client gives up."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from mock_exchanges.core.actions import Text
from mock_exchanges.faults import CloseCode, HalfOpen, MuteData
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault
from tests.mock_exchanges.faults.websockets_client import subscribed


@pytest.mark.parametrize("exchange", ["demo", "binance", "coinbase", "okx", "kucoin"])
def test_nothing_comes_and_a_ping_is_not_answered(exchange: str) -> None:
    async def act(one: Client) -> tuple[list[str], float, int | None]:
        ws = await one.subscribed(autoping=False)
        await one.candles(ws, 3)
        await ws.ping(b"are you there")
        heard: list[str] = []

        async def listen() -> None:
            while "CLOSING" not in heard:
                heard.append((await ws.receive()).type.name)

        listening = asyncio.create_task(listen())
        await asyncio.sleep(600)
        loop = asyncio.get_running_loop()
        before = loop.time()
        await ws.close()
        waited_s = loop.time() - before
        await listening
        return heard, round(waited_s), ws.close_code

    # Neither the deadlines of the exchange nor a close come through; CLOSING is the client's own.
    assert with_fault(HalfOpen(after=3), act, exchange) == (["CLOSING"], 10, 1006)


def test_a_close_is_not_answered_and_tcp_stays_up() -> None:
    async def act(one: Client) -> tuple[float, int | None]:
        async with subscribed(one, close_timeout=7) as ws:
            for _ in range(4):
                await ws.recv()
            await asyncio.sleep(1)
            loop = asyncio.get_running_loop()
            before = loop.time()
            await ws.close()
            return loop.time() - before, ws.protocol.close_code

    waited_s, code = with_fault(HalfOpen(after=3), act)
    assert waited_s == pytest.approx(7, abs=0.1)
    assert code == 1006


def test_the_ping_of_websockets_finds_out() -> None:
    async def act(one: Client) -> float:
        async with subscribed(one, ping_interval=20, ping_timeout=20) as ws:
            loop = asyncio.get_running_loop()
            before = loop.time()
            with pytest.raises(Exception, match="keepalive ping timeout"):
                while True:
                    await ws.recv()
            return loop.time() - before

    # the ping after 20 s, its deadline after 40, and 5 s for the close that nobody answers
    assert with_fault(HalfOpen(after=3), act) == pytest.approx(45, abs=1)


def test_whoever_connects_anew_is_well() -> None:
    async def act(one: Client) -> None:
        ws = await one.subscribed()
        await one.candles(ws, 2)
        assert await one.hears(ws, 5) == []
        await one.is_well()
        await ws.close()

    with_fault(HalfOpen(after=2, connection=1), act)


def test_a_client_hears_at_the_removal_that_it_was_given_up() -> None:
    async def main() -> tuple[list[aiohttp.WSMsgType], object, object]:
        async with client() as one:
            ws = await one.subscribed(autoclose=False)
            await one.candles(ws, 3)
            active = one.mock.add_fault(HalfOpen())
            await asyncio.sleep(120)
            assert one.mock.journal.of("close") == []
            one.mock.remove_fault(active)
            heard = await one.hears(ws, 5)
            await one.is_well()
            return [each.type for each in heard[:-1]], heard[-1].data, heard[-1].extra

    types, code, reason = play(main)
    assert (code, reason) == (1008, "pong timeout")
    assert types
    assert set(types) == {aiohttp.WSMsgType.TEXT}


def test_removal_ends_for_real_what_the_exchange_gave_up() -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    client.subscribe(BTC)
    active = install(HalfOpen(age_s=1), bench.engine, 1, 1, T0)
    bench.run(T0 + 60 * SECOND)
    # the pong's deadline is long past
    assert client.lives
    assert client.connection.ending is not None
    assert client.connection.open
    before = len(client.texts)
    for connection, actions in uninstall(active, bench.now):
        assert connection is client.connection
        client.got(actions, bench.now)
    assert client.closed == (T0 + 60 * SECOND, 1008, "pong timeout")
    assert len(client.pings) == 1
    assert len(client.texts) > before
    assert not client.connection.open


def test_removal_delivers_what_either_side_sent_in_order() -> None:
    bench = Bench()
    client, well = bench.open(), bench.open()
    client.subscribe(BTC)
    well.subscribe(BTC)
    active = install(HalfOpen(connection=1, age_s=1), bench.engine, 1, 1, T0)
    bench.run(T0 + 5 * SECOND)
    client.receive(Text('{"op":"ping","id":9}'))
    bench.run(T0 + 8 * SECOND)
    assert len(client.candles) < len(well.candles)
    for _, actions in uninstall(active, bench.now):
        client.got(actions, bench.now)
    assert [frame for _, frame in client.candles] == [frame for _, frame in well.candles]
    # heard once, and only now
    pongs = [frame for _, frame in client.got_at if frame.get("op") == "pong"]
    assert [(pong["id"], pong["ts"]) for pong in pongs] == [(9, bench.now)]
    bench.run(T0 + 10 * MINUTE)
    assert client.candles[-1] == well.candles[-1]
    assert client.closed is well.closed is None
    assert not client.connection.deaf


def test_two_of_them_need_two_removals() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    first = install(HalfOpen(), bench.engine, 1, 1, T0)
    second = install(HalfOpen(), bench.engine, 2, 1, T0)
    bench.run(T0 + 60 * SECOND)
    before = len(client.texts)
    for active, deaf in ((first, True), (second, False)):
        for _, actions in uninstall(active, bench.now):
            client.got(actions, bench.now)
        assert client.connection.deaf is deaf
        assert (len(client.texts) == before) is deaf
    assert client.closed is not None


def test_with_others_at_work() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    install(MuteData(), bench.engine, 1, 1, T0)
    half = install(HalfOpen(age_s=5), bench.engine, 2, 1, T0)
    bench.run(T0 + 20 * SECOND)
    before = len(client.texts)
    for _, actions in uninstall(half, bench.now):
        client.got(actions, bench.now)
    # mute-data came first, so no candle was held back
    assert len(client.texts) == before
    install(CloseCode(code=4001), bench.engine, 3, 1, bench.now)
    bench.run(bench.now + 1)
    assert client.closed == (T0 + 20 * SECOND, 4001, "")
