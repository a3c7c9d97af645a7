"""refuse: no word is said before the reset."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.engine import Engine
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.faults import Refuse
from mock_exchanges.faults.active import install, uninstall
from mock_exchanges.registry import create
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, client, play, with_fault


def test_a_new_tcp_connection_is_reset_with_nothing_read() -> None:
    async def act(one: Client) -> tuple[str, bytes]:
        host, port = one.address
        reader, writer = await asyncio.open_connection(host, port)
        read = b""
        try:
            while chunk := await reader.read(100):
                read += chunk
        except ConnectionResetError as error:
            return type(error).__name__, read
        finally:
            writer.close()
        return "eof", read

    assert with_fault(Refuse(), act) == ("ConnectionResetError", b"")


def test_http_and_websocket_clients_see_no_answer() -> None:
    async def act(one: Client) -> list[bool]:
        refused = []
        for ask in (one.http.get(f"{one.mock.rest_url}/api/v1/time"), one.connect()):
            with pytest.raises(aiohttp.ClientError) as caught:
                await ask
            refused.append(isinstance(caught.value, aiohttp.ClientResponseError))
        return refused

    assert with_fault(Refuse(), act) == [False, False]


def test_what_is_connected_stays_connected() -> None:
    async def main() -> None:
        async with client() as one:
            ws = await one.subscribed()
            active = one.mock.add_fault(Refuse())
            await one.candles(ws, 5)
            with pytest.raises(aiohttp.ClientError):
                await one.connect()
            one.mock.remove_fault(active)
            await one.candles(ws, 5)
            await one.is_well()
            await ws.close()

    play(main)


def test_it_counts_connections() -> None:
    engine = Engine(create("demo", Market(1), Journal()))
    active = install(Refuse(after=1, times=2), engine, 1, 1, EPOCH_MS)
    assert [engine.arrival(EPOCH_MS) for _ in range(4)] == [
        None, Drop("reset"), Drop("reset"), None,
    ]  # fmt: skip
    uninstall(active, EPOCH_MS)
    assert engine.arrival(EPOCH_MS) is None


@pytest.mark.parametrize(
    ("name", "value"), [("path", "/ws"), ("connection", 2), ("from_connection", 2), ("stream", "x")]
)
def test_a_scope_that_nobody_can_know_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value!r}, expected"):
        Refuse.model_validate({name: value})
