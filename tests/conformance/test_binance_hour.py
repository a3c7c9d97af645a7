"""An hour of a Binance session on virtual time, over real sockets, in a few real seconds."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import aiohttp

from conformance.clock import DEFAULT_EPOCH_MS, VirtualLoop, run
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.candle import fixed
from mock_exchanges.server.mock import MockExchange

HOUR_S = 3600
SUBSCRIBE = '{"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":1}'


def test_an_hour_of_pings_updates_and_closes() -> None:
    pings: list[float] = []
    events: list[tuple[int, dict[str, object]]] = []

    async def hour() -> MockExchange:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        async with MockExchange("binance") as exchange, aiohttp.ClientSession() as session:
            async with session.ws_connect(f"{exchange.ws_url}/ws", autoping=False) as socket:
                await socket.send_str(SUBSCRIBE)
                ends = loop.time() + HOUR_S
                while loop.time() < ends:
                    try:
                        async with asyncio.timeout_at(ends):
                            message = await socket.receive()
                    except TimeoutError:
                        break
                    if message.type is aiohttp.WSMsgType.PING:
                        pings.append(loop.time())
                        await socket.pong(message.data)
                    else:
                        assert message.type is aiohttp.WSMsgType.TEXT, message
                        data = json.loads(message.data)
                        if data.get("e") == "kline":
                            events.append((loop.now_ms(), data))
            return exchange

    exchange = run(hour)

    gaps = {round(later - sooner, 3) for sooner, later in pairwise(pings)}
    assert gaps == {20}
    assert len(pings) in (179, 180)  # the last is due with the hour's end
    # each frame arrives in the very millisecond it was sent: no jump overtook it
    assert [data["E"] for _, data in events] == [at_ms for at_ms, _ in events]
    closed = [data["k"] for _, data in events if data["k"]["x"]]  # type: ignore[index]
    first = DEFAULT_EPOCH_MS - DEFAULT_EPOCH_MS % MINUTE_MS
    candles = exchange.market.candles("BTC-USDT", every(MINUTE_MS), first, first + HOUR_S * 1000)
    assert [(k["t"], k["c"], k["v"]) for k in closed] == [  # type: ignore[index]
        (candle.open_ms, fixed(candle.close, 2, 8), fixed(candle.volume, 5, 8))
        for candle in candles
    ]
    assert len(events) > 10 * len(closed)
