"""retire-endpoint: silent, gone or dead, on one path."""

from __future__ import annotations

from typing import Literal

import aiohttp
import pytest

from mock_exchanges.faults import RetireEndpoint
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.pressure.asking import CANDLES, EXCHANGES, TIME, fetched


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_silent_confirms_and_never_sends_a_candle(exchange: str) -> None:
    async def act(one: Client) -> list[str]:
        ws = await one.subscribed()
        heard = await one.hears(ws, 25)
        answer, _ = await fetched(one, CANDLES[exchange])
        assert answer.status == 200
        await ws.close()
        texts = [each.data for each in heard if each.type is aiohttp.WSMsgType.TEXT]
        assert not any(one.tells(text) for text in texts)
        return texts

    assert with_fault(RetireEndpoint(), act, exchange), "not even a confirmation came"


@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_a_status_for_requests_and_handshakes(status: Literal[404, 410]) -> None:
    async def act(one: Client) -> list[int]:
        answer, _ = await fetched(one, CANDLES["demo"])
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await one.connect()
        return [answer.status, refused.value.status]

    assert with_fault(RetireEndpoint(how="gone", status=status), act) == [status, status]


def test_refuse_is_a_reset() -> None:
    async def act(one: Client) -> None:
        for ask in (one.http.get(f"{one.mock.rest_url}{CANDLES['demo']}"), one.connect()):
            with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
                await ask

    with_fault(RetireEndpoint(how="refuse"), act)


@pytest.mark.parametrize("how", ["gone", "refuse"])
def test_other_paths_are_well(how: Literal["gone", "refuse"]) -> None:
    async def act(one: Client) -> list[int]:
        found = []
        with pytest.raises(aiohttp.ClientError):
            async with one.http.get(f"{one.mock.rest_url}{CANDLES['okx']}") as answer:
                answer.raise_for_status()
        history = CANDLES["okx"].replace("/candles", "/history-candles")
        for target in (TIME["okx"], history):
            answer, _ = await fetched(one, target)
            found.append(answer.status)
        await (await one.connect()).close()
        return found

    fault = RetireEndpoint(how=how, path="/market/candles")
    assert with_fault(fault, act, "okx") == [200, 200]


def test_streams_of_other_paths_go_on() -> None:
    async def act(one: Client) -> bool:
        ws = await one.http.ws_connect(f"{one.mock.ws_url}/ws/btcusdt@kline_1m")
        raw = await one.hears(ws, 8)
        await ws.close()
        ws = await one.http.ws_connect(f"{one.mock.ws_url}/stream?streams=btcusdt@kline_1m")
        await one.candles(ws, 2)
        await ws.close()
        return any(one.tells(each.data) for each in raw if each.type is aiohttp.WSMsgType.TEXT)

    assert with_fault(RetireEndpoint(path="/ws/"), act, "binance") is False
