"""slow-accept: the handshake is answered, late."""

from __future__ import annotations

import asyncio

import pytest

from mock_exchanges.faults import SlowAccept
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault


def test_the_handshake_takes_as_long_as_told() -> None:
    async def act(one: Client) -> float:
        began_ms = one.mock.now_ms()
        ws = await one.subscribed()
        took_s = (one.mock.now_ms() - began_ms) / 1000
        await one.candles(ws, 2)
        await ws.close()
        return took_s

    assert with_fault(SlowAccept(delay_s=12.5), act) == 12.5


def test_a_client_with_less_patience_gives_up() -> None:
    async def act(one: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await one.connect()

    with_fault(SlowAccept(delay_s=6), act)


def test_rest_is_answered_at_once() -> None:
    async def act(one: Client) -> int:
        began_ms = one.mock.now_ms()
        async with one.http.get(f"{one.mock.rest_url}/api/v1/time") as answer:
            assert answer.status == 200
        took_ms = one.mock.now_ms() - began_ms
        await (await one.connect()).close()
        return took_ms

    assert with_fault(SlowAccept(delay_s=3), act) == 0


def test_removed_it_holds_nothing_back() -> None:
    async def main() -> None:
        async with client("kucoin") as one:
            active = one.mock.add_fault(SlowAccept(delay_s=3600))
            connecting = asyncio.create_task(one.connect())
            await asyncio.sleep(5)
            assert not connecting.done()
            one.mock.remove_fault(active)
            began_ms = one.mock.now_ms()
            ws = await connecting
            assert one.mock.now_ms() == began_ms
            # the welcome, which waited
            assert '"welcome"' in await ws.receive_str()
            await ws.close()

    play(main)
