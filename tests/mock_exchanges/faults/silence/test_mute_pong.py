"""mute-pong: pings of the client are not answered, and candles go on."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosed

from mock_exchanges.faults import MutePong
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.websockets_client import subscribed


@pytest.mark.parametrize("exchange", ["demo", "binance", "coinbase", "okx", "kucoin"])
def test_the_ping_of_websockets_finds_no_answer(exchange: str) -> None:
    async def act(one: Client) -> tuple[int, float]:
        count, loop = 0, asyncio.get_running_loop()
        since = loop.time()
        async with subscribed(one, ping_interval=5, ping_timeout=10) as ws:
            with pytest.raises(ConnectionClosed, match="keepalive ping timeout"):
                while True:
                    count += one.tells(str(await ws.recv()))
        return count, loop.time() - since

    candles, lasted_s = with_fault(MutePong(), act, exchange)
    assert candles >= 1
    # with answers it would last
    assert lasted_s == pytest.approx(15, abs=1)


@pytest.mark.parametrize(
    ("exchange", "ping", "pong"),
    [
        ("okx", "ping", "pong"),
        ("kucoin", '{"id":"1","type":"ping"}', '"type":"pong"'),
        ("demo", '{"op":"ping"}', '"op":"pong"'),
    ],
)
def test_texts_are_not_answered_either(exchange: str, ping: str, pong: str) -> None:
    async def told(one: Client) -> list[str]:
        ws = await one.subscribed()
        await ws.send_str(ping)
        return [str(each.data) for each in await one.hears(ws, 3)]

    assert not any(pong in text for text in with_fault(MutePong(), told, exchange))

    # the first is silenced, the second not
    async def twice(one: Client) -> int:
        ws = await one.subscribed()
        for _ in range(2):
            await ws.send_str(ping)
        return sum(pong in str(each.data) for each in await one.hears(ws, 3))

    assert with_fault(MutePong(times=1), twice, exchange) == 1


def test_who_pings_is_not_idle_all_the_same() -> None:
    async def act(one: Client) -> list[aiohttp.WSMessage]:
        ws = await one.subscribed()
        heard = []
        for _ in range(8):
            await ws.send_str('{"id":"1","type":"ping"}')
            heard += await one.hears(ws, 18)
        return heard

    heard = with_fault(MutePong(), act, "kucoin")
    assert all(each.type is aiohttp.WSMsgType.TEXT for each in heard)
    assert not any('"pong"' in each.data for each in heard)
