"""mute-all: nothing comes but the end, and the exchange hears."""

from __future__ import annotations

import aiohttp
import pytest

from mock_exchanges.faults import MuteAll
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, with_fault


def test_nothing_comes_but_a_close_is_answered() -> None:
    async def act(one: Client) -> tuple[int, int | None]:
        ws = await one.subscribed(autoping=False)
        await ws.ping()
        with pytest.raises(TimeoutError):
            await ws.receive(timeout=20)
        again = await one.connect()
        await again.close()
        return len(one.mock.journal.of("in")), again.close_code

    heard, code = with_fault(MuteAll(), act)
    assert heard == 1
    assert code == 1000


def test_the_exchanges_own_end_comes() -> None:
    async def act(one: Client) -> aiohttp.WSMessage:
        ws = await one.subscribed(autoclose=False)
        (message,) = await one.hears(ws, 60)
        return message

    message = with_fault(MuteAll(), act)
    assert (message.data, message.extra) == (1008, "pong timeout")


def test_removed_all_goes_on() -> None:
    bench = Bench()
    one = bench.open()
    active = install(MuteAll(), bench.engine, 1, 1, T0)
    assert one.subscribe(BTC) == []
    bench.run(T0 + 10 * SECOND)
    assert one.texts == []
    uninstall(active, bench.now)
    bench.run(T0 + MINUTE)
    assert one.candles
    assert len(one.pings) == 4
