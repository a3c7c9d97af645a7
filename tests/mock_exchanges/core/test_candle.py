"""Candles: integers and how they are written."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.candle import Candle, fixed

CANDLE = Candle(0, 60_000, 4, 9, 1, 7, 120, 600, 8, 50, 250, 1, True, 3, 2)


def test_decimal_reads_every_column_in_its_unit() -> None:
    assert [CANDLE.decimal(name) for name in ("open", "high", "low", "close")] == [
        Decimal("0.004"),
        Decimal("0.009"),
        Decimal("0.001"),
        Decimal("0.007"),
    ]
    assert CANDLE.decimal("volume") == Decimal("1.20")
    assert CANDLE.decimal("taker_volume") == Decimal("0.50")
    assert CANDLE.decimal("quote_volume") == Decimal("0.00600")
    assert CANDLE.decimal("taker_quote_volume") == Decimal("0.00250")
    assert CANDLE.quote_digits == 5


def test_decimal_refuses_other_columns() -> None:
    with pytest.raises(ValueError, match="no price or volume column 'trades'"):
        CANDLE.decimal("trades")


@pytest.mark.parametrize(
    ("value", "digits", "places", "text"),
    [
        (2345, 8, 8, "0.00002345"),
        (6_425_000, 2, 8, "64250.00000000"),
        (6_425_000, 2, 1, "64250.0"),
        (6_425_000, 2, 0, "64250"),
        (0, 3, 2, "0.00"),
    ],
)
def test_fixed(value: int, digits: int, places: int, text: str) -> None:
    assert fixed(value, digits, places) == text


def test_fixed_cuts_nothing_off() -> None:
    with pytest.raises(ValueError, match="6425001e-2 does not fit 1 decimals"):
        fixed(6_425_001, 2, 1)


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 10**18), st.integers(0, 8), st.integers(0, 8))
def test_fixed_is_exact(value: int, digits: int, more: int) -> None:
    text = fixed(value, digits, digits + more)
    assert Decimal(text) == Decimal(value).scaleb(-digits)
    assert len(text.partition(".")[2]) == digits + more
