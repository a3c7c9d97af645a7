"""mute-ping: the exchange's own pings stop; whether it gives the client up is said."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosedError

from mock_exchanges.faults import MutePing
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.binance.bench import Bench as BinanceBench
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.websockets_client import subscribed


@pytest.mark.parametrize("exchange", ["demo", "binance"])
def test_no_ping_comes_and_the_connection_lives(exchange: str) -> None:
    async def act(one: Client) -> list[aiohttp.WSMessage]:
        ws = await one.subscribed(autoping=False)
        return await one.hears(ws, 300)

    heard = with_fault(MutePing(), act, exchange)
    assert {each.type for each in heard} == {aiohttp.WSMsgType.TEXT}
    assert not any('"ping"' in each.data for each in heard)
    # an update now and then, in all five minutes
    assert len(heard) > 50


@pytest.mark.parametrize(
    ("exchange", "reason", "after_s"), [("demo", "pong timeout", 25), ("binance", None, 80)]
)
def test_pings_lost_on_their_way_end_it(exchange: str, reason: str | None, after_s: int) -> None:
    async def act(one: Client) -> tuple[ConnectionClosedError, float]:
        loop = asyncio.get_running_loop()
        since = loop.time()
        async with subscribed(one) as ws:
            with pytest.raises(ConnectionClosedError) as caught:
                while True:
                    assert '"ping"' not in str(await ws.recv())
        return caught.value, loop.time() - since

    closed, lasted_s = with_fault(MutePing(unanswered=True), act, exchange)
    assert closed.rcvd is not None
    assert closed.rcvd.code == 1008
    assert reason is None or closed.rcvd.reason == reason
    assert lasted_s == pytest.approx(after_s, abs=0.1)


def test_removed_the_pings_go_on_and_are_waited_for() -> None:
    bench = Bench()
    one, idle = bench.open(), bench.open(answers_pings=False)
    one.subscribe(BTC)
    active = install(MutePing(), bench.engine, 1, 1, T0)
    bench.run(T0 + 50 * SECOND)
    assert one.pings == idle.pings == []
    uninstall(active, bench.now)
    bench.run(T0 + 2 * MINUTE)
    assert [at for at, _ in one.pings] == [T0 + n * 15 * SECOND for n in range(4, 9)]
    assert idle.closed == (T0 + 70 * SECOND, 1008, "pong timeout")
    assert one.closed is None


def test_one_lost_ping_does_not_hide_another() -> None:
    bench = BinanceBench()
    one = bench.open("/ws", answers_pings=False)
    # the first ping goes out and stays unanswered, those that follow are not sent
    install(MutePing(after=1), bench.engine, 1, 1, T0)
    bench.run(T0 + 5 * MINUTE)
    assert [at for at, _ in one.pings] == [T0 + 20 * SECOND]
    assert one.closed is not None
    assert one.closed[0] == T0 + 80 * SECOND
