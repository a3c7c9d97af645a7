"""upgrade-drop: connected, and over."""

from __future__ import annotations

from typing import Literal

import aiohttp
import pytest
import websockets

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.engine import Engine
from mock_exchanges.core.http import Request
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.faults import UpgradeDrop
from mock_exchanges.faults.active import install
from mock_exchanges.registry import create
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, with_fault


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_the_handshake_succeeds_and_the_first_read_fails(how: Literal["eof", "reset"]) -> None:
    async def act(one: Client) -> tuple[aiohttp.WSMsgType, int | None]:
        ws = await one.connect()
        message = await ws.receive()
        return message.type, ws.close_code

    kind, code = with_fault(UpgradeDrop(how=how), act)
    assert kind in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    assert code == 1006


def test_a_welcome_does_not_come_first() -> None:
    async def act(one: Client) -> websockets.ConnectionClosed:
        path, query = one.samples.handshake(one.mock.now_ms())
        async with websockets.connect(f"{one.mock.ws_url}{path}?{query}") as ws:
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await ws.recv()
            return closed.value

    error = with_fault(UpgradeDrop(), act, "kucoin")
    assert error.rcvd is None


def test_in_memory_it_spares_the_first_connection() -> None:
    engine = Engine(create("binance", Market(1), Journal()))
    install(UpgradeDrop(how="reset", from_connection=2), engine, 1, 1, EPOCH_MS)
    found = [engine.connect(Request("GET", "/ws"), EPOCH_MS) for _ in range(2)]
    assert [isinstance(each, tuple) and each[1] for each in found] == [[], [Drop("reset")]]
    assert list(engine.connections) == [1]
