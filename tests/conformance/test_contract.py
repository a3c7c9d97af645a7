"""Reading candles of any type, and telling replies from candles."""

from __future__ import annotations

import numbers
from collections import namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from conformance.contract import Reading, Unreadable, is_reply, read_candle

VALUES: dict[str, Any] = {
    "timestamp": 1672515780, "open": 1.5, "high": 2.5, "low": 0.5, "close": 2.0, "volume": 7.0,
}  # fmt: skip


@dataclass
class Plain:
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Slotted:
    timestamp: float
    open: float
    high: float
    low: float
    close: float
    volume: float
    n_trades: int | None = None


class Tuple(NamedTuple):
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class Slots:
    __slots__ = tuple(VALUES)

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


class Properties:
    """Everything computed, nothing in ``__dict__``."""

    def __init__(self, **values: Any) -> None:
        self.__values = values

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__values[name]
        except KeyError:
            raise AttributeError(name) from None


MAKERS = [
    Plain, Slotted, Tuple, Slots, Properties, SimpleNamespace, dict,
    namedtuple("Made", tuple(VALUES)),
]  # fmt: skip


@pytest.mark.parametrize("make", MAKERS)
def test_a_candle_of_any_type_is_read(make: Any) -> None:
    assert read_candle(make(**VALUES)) == Reading(1672515780, 1.5, 2.5, 0.5, 2.0, 7.0)


@numbers.Real.register
class Scalar:
    """A number of a foreign library, as numpy's are."""

    def __init__(self, value: float) -> None:
        self._value = value

    def item(self) -> float:
        return self._value


def test_decimals_and_ints_are_kept_exact() -> None:
    reading = read_candle({**VALUES, "open": Decimal("0.1"), "volume": 10**20})
    assert (reading.open, reading.volume) == (Decimal("0.1"), 10**20)
    assert isinstance(reading.open, Decimal)
    assert read_candle({**VALUES, "close": Fraction(1, 4)}).close == 0.25
    assert read_candle({**VALUES, "close": Scalar(2.5)}).close == 2.5


@pytest.mark.parametrize(
    ("changes", "extras"),
    [
        ({}, {}),
        ({"n_trades": 0, "quote_asset_volume": 0.0, "taker_buy_base_volume": None}, {}),
        ({"n_trades": 5, "quote_asset_volume": 9.5}, {"n_trades": 5, "quote_asset_volume": 9.5}),
        ({"something_else": "x"}, {}),
    ],
)
def test_extras_are_read_where_they_are_filled(
    changes: dict[str, Any], extras: dict[str, Any]
) -> None:
    assert read_candle({**VALUES, **changes}).extras == extras


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"timestamp": None}, "dict has no 'timestamp'; a candle has timestamp"),
        ({"volume": None}, "dict has no 'volume'"),
        ({"open": "1.5"}, "open of the candle is '1.5' (str), expected a number"),
        ({"close": True}, "close of the candle is True (bool), expected a number"),
        ({"high": float("nan")}, "high of the candle is nan, expected a finite number"),
        ({"high": float("-inf")}, "high of the candle is -inf, expected a finite number"),
        ({"low": Decimal("NaN")}, "low of the candle is Decimal('NaN'), expected a finite"),
        ({"low": Decimal("sNaN")}, "low of the candle is Decimal('sNaN'), expected a finite"),
        ({"n_trades": "5"}, "n_trades of the candle is '5' (str), expected a number"),
        ({"open": 1 + 2j}, "open of the candle is (1+2j) (complex), expected a number"),
        ({"volume": 10**400}, "volume of the candle is 1000"),
        ({"open": [1.5]}, "open of the candle is [1.5] (list), expected a number"),
    ],
)
def test_what_cannot_be_read_is_told_by_field(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read_candle({**VALUES, **changes})
    assert said in str(raised.value)


class Explodes:
    @property
    def timestamp(self) -> int:
        raise ZeroDivisionError("mine")


def test_a_field_that_raises_is_told_by_name() -> None:
    with pytest.raises(Unreadable, match="timestamp of the candle raises ZeroDivisionError: mine"):
        read_candle(Explodes())


@pytest.mark.parametrize("value", [None, 3, "text", [1, 2, 3], object(), {}])
def test_what_is_no_candle_at_all_is_unreadable(value: Any) -> None:
    with pytest.raises(Unreadable, match="has no 'timestamp'"):
        read_candle(value)


@pytest.mark.parametrize(
    ("value", "reply"),
    [
        (SimpleNamespace(payload={"op": "pong"}), True),
        (SimpleNamespace(payload="pong", is_auth_required=False), True),
        (SimpleNamespace(**VALUES, payload="raw"), False),  # a candle that keeps its frame
        (Plain(**VALUES), False),
        ({"payload": 1}, False),
        ([SimpleNamespace(payload=1)], False),
        (None, False),
    ],
)
def test_a_reply_is_what_has_a_payload_and_is_no_candle(value: Any, reply: bool) -> None:
    assert is_reply(value) is reply
