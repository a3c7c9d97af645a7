"""Publication times follow from trades alone."""

from __future__ import annotations

import pytest

from mock_exchanges.core.cadence import first_after, sampled
from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.market import Market

MINUTE = 1_772_442_900_000


@pytest.mark.parametrize("every_ms", [500, 1_000, 5_000])
@pytest.mark.parametrize("pair", ["BTC-USDT", "POWR-USDT"])
def test_a_tick_is_where_something_traded_since_the_last(pair: str, every_ms: int) -> None:
    market = Market(3)
    seen: set[int] = set()
    for minute in range(MINUTE, MINUTE + 10 * MINUTE_MS, MINUTE_MS):
        seen.update(sampled(market, pair, minute, every_ms))
    trades = [
        at
        for minute in range(MINUTE - MINUTE_MS, MINUTE + 10 * MINUTE_MS, MINUTE_MS)
        for at in market.trade_times(pair, minute)
    ]
    expected = {
        tick
        for tick in range(MINUTE, MINUTE + 10 * MINUTE_MS, every_ms)
        if any(tick - every_ms <= at < tick for at in trades)
    }
    assert seen == expected


def test_the_first_time_after_a_time_looks_over_minutes() -> None:
    times = {MINUTE + 2 * MINUTE_MS: (MINUTE + 2 * MINUTE_MS + 5,)}
    assert first_after(lambda m: times.get(m, ()), MINUTE) == MINUTE + 2 * MINUTE_MS + 5
    assert first_after(lambda m: (), MINUTE) == MINUTE + 60 * MINUTE_MS
