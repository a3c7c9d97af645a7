"""stale-snapshot: candles of some time ago, once on each stream."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import StaleSnapshot
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, with_fault
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    heard_with,
    heard_without,
    live,
    opens,
    record,
    rows,
)


@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_old_candles_come_once(exchange: str, after: int) -> None:
    length_ms = 300_000 if exchange == "coinbase" else 60_000
    fault = StaleSnapshot(after=after, age_s=3000, rows=4)
    clean = [each.bare for each in heard_without(exchange, 40)]
    heard = heard_with(fault, exchange, 40)
    stale = [each for each in heard if each.bare not in clean]
    told = opens(stale)
    assert len(told) == 4
    assert told == sorted(told)
    newest = (EPOCH_MS - 3_000_000) // length_ms * length_ms
    assert newest - 12 * 4 * length_ms <= told[0] < told[-1] <= newest + length_ms
    assert [each.bare for each in heard if each.bare in clean] == clean
    fresh = live([each for each in heard if each.bare in clean])
    place = heard.index(stale[0])
    skipped = 1 if exchange == "okx" else 0
    assert len([each for each in heard[:place] if each in fresh]) - skipped == after


def test_where_there_is_room_they_are_one_message() -> None:
    for exchange, messages in (("demo", 1), ("okx", 1), ("coinbase", 1), ("binance", 3)):
        heard = heard_with(StaleSnapshot(age_s=6000), exchange)
        old = [
            each for each in heard
            if rows(each.text) and max(opens([each])) < EPOCH_MS - 5_000_000
        ]  # fmt: skip
        assert len(old) == messages, exchange


def test_a_new_connection_gets_them_too() -> None:
    async def act(one: Client) -> int:
        counts = 0
        for _ in range(2):
            heard = await record(one, 20)
            counts += any(opened < EPOCH_MS - 1_000_000 for opened in opens(live(heard)))
        return counts

    assert with_fault(StaleSnapshot(age_s=3000), act, "binance") == 2
