"""What an adapter, a candle and a network client are, structurally.

Nobody inherits from anything here: an adapter is whatever has these methods, a
candle whatever has these fields.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

COLUMNS = ("open", "high", "low", "close", "volume")
_NAMES = ("timestamp", *COLUMNS)

# extra fields of a candle -> column of the ledger; judged only where the adapter fills them
EXTRAS = {
    "quote_asset_volume": "quote_volume",
    "n_trades": "trades",
    "taker_buy_base_volume": "taker_volume",
    "taker_buy_quote_volume": "taker_quote_volume",
}


class Adapter(Protocol):
    """The methods of a candle adapter (each may be static or a class method).

    Besides these, an adapter fetches history with `fetch_rest_candles` (async),
    `fetch_rest_candles_synchronous`, or both.
    """

    def get_trading_pair_format(self, trading_pair: str) -> str:
        """Return the exchange's symbol for a standard pair such as ``BTC-USDT``."""

    def get_supported_intervals(self) -> Mapping[str, int]:
        """Return interval name -> seconds."""

    def get_ws_supported_intervals(self) -> Iterable[str]:
        """Return the streamed intervals; none (or NotImplementedError) means REST only."""

    def get_ws_url(self) -> Any:
        """Return the WebSocket URL, or an awaitable of it."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> Any:
        """Return what to send: a dict, a str, or several of them."""

    def parse_ws_message(self, data: Any) -> Any:
        """Return candles, None, [], or an object whose ``payload`` is to be sent back."""


class Unreadable(ValueError):
    """What an adapter returned is not a candle; the message says what is missing."""


Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """A candle as an adapter gave it: ``timestamp`` in seconds, prices in quote units."""

    timestamp: Number
    open: Number
    high: Number
    low: Number
    close: Number
    volume: Number
    extras: Mapping[str, Number] = field(default_factory=dict)


def _has_keys(candle: Any) -> bool:
    with suppress(Exception):  # whatever it says of its class
        return isinstance(candle, Mapping)
    return False


def _get(candle: Any, name: str, by_key: bool) -> Any:
    try:
        return candle.get(name) if by_key else getattr(candle, name, None)
    except Exception as error:
        raise Unreadable(
            f"{name} of the candle raises {type(error).__name__}: {error}, expected a number"
        ) from error


def _number(name: str, value: Any) -> Number:
    if type(value) is float and math.isfinite(value):
        return value  # as nearly all are
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        plain: Number = value
    else:  # numpy and other scalars
        plain = _scalar(name, value)
    finite = plain.is_finite() if isinstance(plain, Decimal) else _is_finite(plain)
    if not finite:
        raise Unreadable(f"{name} of the candle is {value!r:.60}, expected a finite number")
    return plain


def _scalar(name: str, value: Any) -> Number:
    if type(value) is not bool and isinstance(value, numbers.Number):
        with suppress(TypeError, ValueError, OverflowError):
            item = value.item() if hasattr(value, "item") else float(value)  # type: ignore[arg-type]
            if isinstance(item, (int, float)) and not isinstance(item, bool):
                return item
    raise Unreadable(
        f"{name} of the candle is {value!r:.60} ({type(value).__name__}), expected a number"
    )


def _is_finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond all floats
        return False


def read_candle(candle: Any) -> Reading:
    """Read a candle of any type.

    Raises Unreadable, naming the field and the value, if a field is missing or is
    no number.
    """
    values, by_key = {}, _has_keys(candle)
    for name in _NAMES:
        value = _get(candle, name, by_key)
        if value is None:
            raise Unreadable(
                f"{type(candle).__name__} has no {name!r}; a candle has timestamp (seconds), "
                "open, high, low, close, volume"
            )
        values[name] = _number(name, value)
    extras = {}
    for name in EXTRAS:
        value = _get(candle, name, by_key)
        if value is not None and value != 0:
            extras[name] = _number(name, value)
    return Reading(extras=extras, **values)


def is_reply(value: Any) -> bool:
    """Return whether a parse result is something to send back rather than candles."""
    if value is None or isinstance(value, (list, tuple, Mapping)):
        return False
    return hasattr(value, "payload") and not hasattr(value, "open")
