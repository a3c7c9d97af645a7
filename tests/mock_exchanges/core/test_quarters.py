"""Quarters: four a year, in any zone, and a calendar like the others."""

from __future__ import annotations

from datetime import UTC, datetime

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, Grid
from mock_exchanges.core.market import Market
from mock_exchanges.core.quarters import quarterly


def ms(year: int, month: int, day: int = 1, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * 1000


def test_a_quarter_begins_in_january_april_july_and_october() -> None:
    grid = quarterly()
    for month in range(1, 13):
        opened = ms(2024, (month - 1) // 3 * 3 + 1)
        assert grid.floor(ms(2024, month)) == opened
        assert grid.floor(ms(2024, month, 28, 23)) == opened
    assert grid.floor(ms(2024, 4) - 1) == ms(2024, 1)


def test_one_after_the_other_through_the_years() -> None:
    grid = quarterly()
    expected = [ms(2023 + n // 4, n % 4 * 3 + 1) for n in range(9)]
    assert grid.opens(ms(2023, 1), ms(2025, 1) + 1) == expected
    assert grid.ahead(expected[0], 8) == expected[8]
    assert grid.back(expected[8], 8) == expected[0]
    assert [grid.ceil(at - 1) for at in expected] == expected
    assert [grid.previous(at) for at in expected[1:]] == expected[:-1]


def test_another_zone_begins_earlier() -> None:
    east = quarterly().shifted(8 * HOUR_MS)
    assert east.floor(ms(2024, 3, 31, 16)) == ms(2024, 3, 31, 16)
    assert east.floor(ms(2024, 3, 31, 15)) == ms(2023, 12, 31, 16)
    assert east.next(ms(2024, 9, 30, 16)) == ms(2024, 12, 31, 16)
    assert east.shifted(-8 * HOUR_MS) == quarterly()


def test_it_is_no_other_calendar_and_its_candles_are_the_sum_of_their_days() -> None:
    grid, market = quarterly(), Market()
    assert grid.seconds == 90 * 86_400
    assert grid != Grid(grid.length_ms, 0, months=True)
    candle = market.candle("BTC-USDT", grid, ms(2024, 1))
    days = market.candles("BTC-USDT", Grid(DAY_MS), ms(2024, 1), ms(2024, 4))
    assert candle is not None
    assert candle.end_ms == ms(2024, 4)
    assert len(days) == 91
    assert candle.volume == sum(day.volume for day in days)
    assert (candle.open, candle.close) == (days[0].open, days[-1].close)
