"""Grids: where candles begin and end."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.calendar import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    WEEK_MS,
    Grid,
    every,
    monthly,
    weekly,
)

GRIDS = [
    every(MINUTE_MS),
    every(3 * MINUTE_MS),
    every(DAY_MS),
    every(3 * DAY_MS),
    every(WEEK_MS),
    weekly(),
    monthly(),
    every(DAY_MS).shifted(8 * HOUR_MS),
    weekly().shifted(8 * HOUR_MS),
    monthly().shifted(8 * HOUR_MS),
    monthly().shifted(-5 * HOUR_MS),
]
moments = st.integers(1_000_000_000_000, 2_500_000_000_000)


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()) * 1000


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.sampled_from(GRIDS), moments)
def test_every_moment_lies_in_one_candle(grid: Grid, at_ms: int) -> None:
    opened = grid.floor(at_ms)
    assert opened <= at_ms < grid.next(opened)
    assert grid.floor(opened) == opened == grid.ceil(opened)
    assert grid.previous(grid.next(opened)) == opened
    assert grid.floor(grid.next(opened) - 1) == opened
    assert grid.ceil(opened + 1) == grid.next(opened)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.sampled_from(GRIDS), moments, st.integers(0, 30))
def test_opens_are_consecutive(grid: Grid, at_ms: int, count: int) -> None:
    last = grid.floor(at_ms)
    first = grid.back(last, count)
    opens = list(grid.opens(first, last + 1))
    assert len(opens) == count + 1
    assert opens[0] == first and opens[-1] == last
    assert [grid.next(open_ms) for open_ms in opens[:-1]] == opens[1:]
    assert list(grid.opens(first + 1, last)) == opens[1:-1]


@pytest.mark.parametrize(
    ("grid", "opened"),
    [
        (every(WEEK_MS), ms(2024, 2, 29)),
        (weekly(), ms(2024, 2, 26)),
        (monthly(), ms(2024, 2, 1)),
        (every(DAY_MS).shifted(8 * HOUR_MS), ms(2024, 2, 29, 16)),
        (weekly().shifted(8 * HOUR_MS), ms(2024, 2, 25, 16)),
        (monthly().shifted(8 * HOUR_MS), ms(2024, 2, 29, 16)),
        (monthly().shifted(-8 * HOUR_MS), ms(2024, 2, 1, 8)),
        (every(HOUR_MS), ms(2024, 2, 29, 17)),
    ],
)
def test_calendars_of_exchanges(grid: Grid, opened: int) -> None:
    assert grid.floor(ms(2024, 2, 29, 17, 30)) == opened


def test_months_have_their_own_lengths() -> None:
    opens = list(monthly().opens(ms(2023, 12, 1), ms(2024, 5, 1)))
    assert opens == [ms(2023, 12, 1), *(ms(2024, month, 1) for month in (1, 2, 3, 4))]
    assert monthly().next(ms(2024, 2, 1)) - ms(2024, 2, 1) == 29 * DAY_MS
    assert monthly().next(ms(2023, 12, 1)) == ms(2024, 1, 1)


def test_seconds() -> None:
    assert every(HOUR_MS).seconds == 3600
    assert monthly().seconds == 2_592_000
