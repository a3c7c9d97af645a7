"""slow: the answer comes, late."""

from __future__ import annotations

import asyncio
import json

import pytest

from mock_exchanges.faults import Slow
from mock_exchanges.faults.active import install
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, client, play, with_fault
from tests.mock_exchanges.faults.pressure.asking import CANDLES, TIME, asked, engine_of, fetched


def test_the_answer_is_as_late_as_told_and_as_old() -> None:
    async def act(one: Client) -> tuple[float, float]:
        asked_ms = one.mock.now_ms()
        _, text = await fetched(one, TIME["demo"])
        told_ms = json.loads(text)["data"]["ts"]
        return one.mock.now_ms() - asked_ms, told_ms - asked_ms

    assert with_fault(Slow(delay_s=7.5), act) == (7500, 0)


def test_a_client_with_less_patience_gives_up() -> None:
    async def act(one: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await fetched(one, CANDLES["demo"])

    with_fault(Slow(delay_s=6), act)


def test_streams_are_in_time_meanwhile() -> None:
    async def act(one: Client) -> int:
        asking = asyncio.create_task(fetched(one, CANDLES["demo"]))
        ws = await one.subscribed()
        await one.candles(ws, 3)
        done_early = asking.done()
        answer, _ = await asking
        await ws.close()
        return 0 if done_early else answer.status

    assert with_fault(Slow(delay_s=60), act) == 200


def test_removed_it_holds_nothing_back() -> None:
    async def main() -> None:
        async with client() as one:
            active = one.mock.add_fault(Slow(delay_s=3600))
            asking = asyncio.create_task(fetched(one, TIME["demo"]))
            await asyncio.sleep(5)
            assert not asking.done()
            one.mock.remove_fault(active)
            began_ms = one.mock.now_ms()
            answer, _ = await asking
            assert (answer.status, one.mock.now_ms() - began_ms) == (200, 0)
            await one.is_well()

    play(main)


def test_delays_add_up_in_memory() -> None:
    engine = engine_of("okx")
    install(Slow(delay_s=1, path="history"), engine, 1, 1, EPOCH_MS)
    install(Slow(delay_s=2), engine, 2, 1, EPOCH_MS)
    history = CANDLES["okx"].replace("/candles", "/history-candles")
    assert asked(engine, history).after_ms == 3000
    assert asked(engine, CANDLES["okx"]).after_ms == 2000
