"""reorder: an older update comes after a newer one."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.faults import Reorder, SkipClose
from mock_exchanges.faults.holding import ActiveHolding
from tests.mock_exchanges.faults.bench import client, play
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    heard_with,
    heard_without,
    live,
    record,
)


def _swapped(texts: list[str]) -> list[str]:
    pairs = zip(texts[::2], texts[1::2], strict=False)
    return [text for older, newer in pairs for text in (newer, older)]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_neighbours_change_places(exchange: str) -> None:
    first = 1 if exchange == "okx" else 0
    clean = [each.bare for each in live(heard_without(exchange, 40))][first:]
    heard = [each.bare for each in live(heard_with(Reorder(), exchange, 40))][first:]
    assert len(heard) >= 4
    assert heard == _swapped(clean)


def test_the_numbers_of_the_connection_stay_in_order() -> None:
    numbers = [json.loads(each.text)["sequence_num"] for each in heard_with(Reorder(), "coinbase")]
    assert numbers == list(range(len(numbers)))


def test_what_is_held_comes_when_it_is_removed() -> None:
    async def main() -> tuple[list[str], list[str], int]:
        async with client() as one:
            ws = await one.subscribed()
            await one.candles(ws, 1)
            active = one.mock.add_fault(Reorder().once())
            await one.mock.until(lambda entry: "strikes" in entry.text, within_s=60)
            assert isinstance(active, ActiveHolding)
            held = [each.message for each in active.held]
            before_ms = one.mock.now_ms()
            one.mock.remove_fault(active)
            return held, await one.candles(ws, 1), one.mock.now_ms() - before_ms

    held, heard, waited_ms = play(main)
    assert heard == held
    assert waited_ms == 0


def test_later_faults_know_a_message_by_its_own_time() -> None:
    """Closes are lost, and the rest comes out of order: a close that is held is one, too."""

    async def main() -> list[str]:
        async with client("binance") as one:
            for fault in (Reorder(), SkipClose()):
                one.mock.add_fault(fault)
            heard = await record(one, 200)
            assert all(each.struck for each in one.mock.faults)
            one.mock.clear_faults()
            await one.is_well()
            return [each.bare for each in live(heard)]

    wrong = play(main)
    told = [each.bare for each in live(heard_without("binance", 200))]
    kept = [text for text in told if '"x":true' not in text]
    assert sorted(wrong) == sorted(kept[: len(wrong)])
    assert len(kept) - len(wrong) <= 1
    assert wrong != kept[: len(wrong)]
