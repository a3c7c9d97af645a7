"""An adapter's candle beside the ledger's."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from typing import Any

import pytest

from conformance import compare
from conformance.contract import COLUMNS, EXTRAS, Reading
from mock_exchanges.core.calendar import every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market

OPEN_MS = 1_772_442_900_000


@pytest.fixture(scope="module")
def candle() -> Candle:
    found = Market(1).candle("BTC-USDT", every(60_000), OPEN_MS)
    assert found is not None
    return found


def right(candle: Candle, kind: type = float) -> Reading:
    values = {name: kind(candle.decimal(name)) for name in COLUMNS}
    extras = {
        name: candle.trades if column == "trades" else kind(candle.decimal(column))
        for name, column in EXTRAS.items()
    }
    return Reading(candle.open_ms // 1000, extras=extras, **values)


def test_floats_and_decimals_of_the_ledger_are_right(candle: Candle) -> None:
    for kind in (float, Decimal):
        compared = compare.rows(right(candle, kind), candle)
        assert compare.wrong(compared) == []
        assert [row.column for row in compared] == ["timestamp", *COLUMNS, *EXTRAS]
    assert compare.explain(right(candle), candle) == ""


def test_extras_that_are_not_filled_are_not_compared(candle: Candle) -> None:
    compared = compare.rows(replace(right(candle), extras={}), candle)
    assert [row.column for row in compared] == ["timestamp", *COLUMNS]


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        (0.1 + 0.2, "0.3", True),
        (Decimal("0.30000000000000001"), "0.3", False),
        (3, "3.000", True),
        (100000.0 * (1 + 1e-10), "100000", True),
        (100000.0 * (1 + 1e-8), "100000", False),
        (1e-8, "0.00000001", True),
        (1.1e-8, "0.00000001", False),
        (0.0, "0", True),
        (0, "0.00000001", False),
    ],
)
def test_same(got: Any, expected: str, same: bool) -> None:
    assert compare.same(got, Decimal(expected)) is same


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("99707.20000000"), "99707.2"), (Decimal("100"), "100"), (Decimal("1E+3"), "1000"),
        (1e-8, "0.00000001"), (1.5, "1.5"), (0.0, "0.0"), (7, "7"), ("x", "x"),
        (1e17, "100000000000000000"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_people(value: Any, text: str) -> None:
    assert compare.plain(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1672515780, "2022-12-31 19:43:00"), (Decimal("0.5"), "1970-01-01 00:00:00"),
        (1672515780000, "no date"), (-1e30, "no date"), (float("inf"), "no date"),
    ],
)  # fmt: skip
def test_when(seconds: Any, text: str) -> None:
    assert compare.when(seconds) == text


TIMES = [
    (lambda c: c.open_ms, "timestamp is in milliseconds"),
    (lambda c: c.open_ms * 1000, "timestamp is in microseconds"),
    (lambda c: c.open_ms * 10**6, "timestamp is in nanoseconds"),
    (lambda c: c.end_ms // 1000, "timestamp is the candle's close time"),
    (lambda c: (c.end_ms - 1) / 1000, "timestamp is the candle's close time"),
    (lambda c: 5, ""),
]


@pytest.mark.parametrize(("stamp", "said"), TIMES)
def test_a_wrong_time_is_explained(candle: Candle, stamp: Any, said: str) -> None:
    reading = replace(right(candle), timestamp=stamp(candle))
    assert compare.wrong(compare.rows(reading, candle)) == ["timestamp"]
    assert compare.explain(reading, candle).startswith(said)
    assert bool(compare.explain(reading, candle)) is bool(said)


@pytest.mark.parametrize(
    ("swapped", "said"),
    [
        ({"high": "close", "close": "high"}, "high holds the close; close holds the high"),
        ({"volume": "quote_volume"}, "volume holds the quote volume"),
        ({"volume": "taker_volume"}, "volume holds the taker-buy base volume"),
        ({"open": "close"}, "open holds the close"),
    ],
)
def test_swapped_columns_are_explained(candle: Candle, swapped: dict[str, str], said: str) -> None:
    changes: Any = {name: float(candle.decimal(other)) for name, other in swapped.items()}
    reading = replace(right(candle), **changes)
    assert compare.wrong(compare.rows(reading, candle)) == [c for c in COLUMNS if c in swapped]
    assert compare.explain(reading, candle) == said


def test_where_columns_are_equal_a_wrong_one_is_the_likelier_source(candle: Candle) -> None:
    """A falling candle: its high is its open, its low its close."""
    values: Any = {"open": 4.0, "high": 4.0, "low": 3.0, "close": 3.0}

    class Falling:
        open_ms, end_ms, trades = candle.open_ms, candle.end_ms, candle.trades

        def decimal(self, column: str) -> Decimal:
            return Decimal(values[column]) if column in values else candle.decimal(column)

    falling: Any = Falling()
    reading = replace(right(candle), **{**values, "high": 3.0, "close": 4.0})
    assert compare.explain(reading, falling) == "high holds the close; close holds the high"


@pytest.mark.parametrize("column", [*COLUMNS, *EXTRAS])
def test_what_differs_is_what_the_rows_tell(candle: Candle, column: str) -> None:
    reading = right(candle)
    assert not compare.differs(reading, candle)
    if column in EXTRAS:
        changed = replace(reading, extras={**reading.extras, column: 1.5})
        without = replace(reading, extras={})
        assert not compare.differs(without, candle)
    else:
        values: dict[str, Any] = {column: 1.5}
        changed = replace(reading, **values)
    assert compare.differs(changed, candle)
    assert compare.wrong(compare.rows(changed, candle)) == [column]


def test_the_precision_that_a_thread_has_set_is_no_matter(candle: Candle) -> None:
    reading = right(candle)
    with localcontext() as context:
        context.prec = 3
        assert not compare.differs(reading, candle)
        assert compare.wrong(compare.rows(reading, candle)) == []
        assert not compare.unfinished(reading, candle)
