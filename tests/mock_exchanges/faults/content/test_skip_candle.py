"""skip-candle: one candle never comes, and REST has it."""

from __future__ import annotations

from typing import Any

import pytest

from mock_exchanges.faults import SkipCandle
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.recording import (
    Heard,
    heard_with,
    heard_without,
    live,
    opens,
    record,
)


@pytest.mark.parametrize("exchange", ["demo", "binance", "coinbase"])
def test_the_second_candle_is_lost_and_the_third_is_not(exchange: str) -> None:
    seconds = 1200 if exchange == "coinbase" else 240
    told = sorted(set(opens(live(heard_without(exchange, seconds)))))
    heard = sorted(set(opens(live(heard_with(SkipCandle(), exchange, seconds)))))
    assert len(told) >= 4
    assert [each for each in told if each not in heard] == [told[1]]


def test_so_many_candles_come_before() -> None:
    told = sorted(set(opens(live(heard_without("binance", 400)))))
    heard = set(opens(live(heard_with(SkipCandle(after=1, every=2, times=2), "binance", 400))))
    assert [each for each in told if each not in heard] == [told[2], told[4]]


def test_rest_has_it() -> None:
    async def act(one: Client) -> tuple[list[Heard], Any]:
        heard = await record(one, 240)
        url = f"{one.mock.rest_url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=6"
        async with one.http.get(url) as answer:
            return heard, await answer.json()

    heard, found = with_fault(SkipCandle(), act, "binance")
    told = set(opens(live(heard)))
    between = [row[0] for row in found if min(told) < row[0] < max(told)]
    assert [each for each in between if each not in told] == [min(told) + 60_000]
