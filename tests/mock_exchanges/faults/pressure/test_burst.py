"""burst: candles are held back, and come all at once."""

from __future__ import annotations

import asyncio
import json

import pytest

from mock_exchanges.faults import Burst, Duplicate, Lag, SkipClose
from mock_exchanges.faults.holding import ActiveHolding
from tests.mock_exchanges.faults.bench import client, play
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    heard_with,
    heard_without,
    live,
    record,
)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_they_come_in_order_and_at_once(exchange: str) -> None:
    first = 1 if exchange == "okx" else 0
    clean = live(heard_without(exchange, 100))[first:]
    heard = live(heard_with(Burst(hold_s=10), exchange, 100))[first:]
    assert [each.bare for each in heard] == [each.bare for each in clean][: len(heard)]
    # each burst begins with a message that is ten seconds late, and has all up to then
    due_ms, at_ms = 0, []
    for each in clean[: len(heard)]:
        if each.at_ms > due_ms:
            due_ms = each.at_ms + 10_000
        at_ms.append(due_ms)
    assert [each.at_ms for each in heard] == at_ms
    assert len(set(at_ms)) < len(at_ms)


def test_the_numbers_of_the_connection_stay_in_order() -> None:
    heard = heard_with(Burst(hold_s=5), "coinbase", 60)
    numbers = [json.loads(each.text)["sequence_num"] for each in heard]
    assert numbers == list(range(len(numbers)))


def test_copies_without_holding() -> None:
    clean = live(heard_without("binance"))
    heard = live(heard_with(Burst(hold_s=0, copies=5), "binance"))
    assert heard == [each for each in clean for _ in range(5)]


def test_a_message_that_is_spared_does_not_overtake() -> None:
    clean = live(heard_without("binance", 60))
    heard = live(heard_with(Burst(hold_s=6, every=3), "binance", 60))
    assert [each.bare for each in heard] == [each.bare for each in clean][: len(heard)]


def test_removed_it_gives_back_what_it_held_in_order() -> None:
    async def main() -> tuple[list[str], list[str]]:
        async with client("binance") as one:
            ws = await one.subscribed()
            active = one.mock.add_fault(Burst(hold_s=1000))
            await asyncio.sleep(20)
            assert isinstance(active, ActiveHolding)
            held = [each.message for each in active.held]
            before_ms = one.mock.now_ms()
            one.mock.remove_fault(active)
            heard = await one.candles(ws, len(held))
            assert one.mock.now_ms() == before_ms
            assert await one.candles(ws, 2)
            return held, heard

    held, heard = play(main)
    assert len(held) > 3
    assert heard == held


@pytest.mark.parametrize("first", [True, False])
def test_with_other_faults_in_any_order(first: bool) -> None:
    """Held back for a time, late, twice each, and without closes: in whatever order."""
    burst, others = [Burst(hold_s=8)], [SkipClose(), Duplicate(), Lag(delay_s=2)]

    async def main() -> list[str]:
        async with client("binance") as one:
            for fault in burst + others if first else others + burst:  # type: ignore[operator]
                one.mock.add_fault(fault)
            heard = live(await record(one, 150))
            assert all(each.struck for each in one.mock.faults)
            one.mock.clear_faults()
            await one.is_well()
            return [each.bare for each in heard]

    heard = play(main)
    told = [
        each.bare for each in live(heard_without("binance", 150)) if '"x":true' not in each.bare
    ]
    expected = [text for text in told for _ in range(2)]
    assert len(heard) > 50
    assert heard == expected[: len(heard)]


def test_one_connection_does_not_wait_for_another() -> None:
    async def main() -> tuple[list[int], list[int]]:
        async with client("binance") as one:
            one.mock.add_fault(Burst(hold_s=15, connection=1))
            held, free = await asyncio.gather(record(one, 14), record(one, 14))
            return [each.at_ms for each in live(held)], [each.at_ms for each in live(free)]

    held, free = play(main)
    assert held == []
    assert free
