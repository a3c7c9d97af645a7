"""An adapter's candle beside the ledger's: column by column, and what a difference means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from conformance.contract import COLUMNS, EXTRAS, Number, Reading
from conformance.verdict import Row
from mock_exchanges.core.candle import Candle

TOLERANCE = 1e-9

_MEANINGS = {
    "open": "the open",
    "high": "the high",
    "low": "the low",
    "close": "the close",
    "volume": "the base volume",
    "quote_volume": "the quote volume",
    "taker_volume": "the taker-buy base volume",
    "taker_quote_volume": "the taker-buy quote volume",
}


def same(got: Number, expected: Decimal) -> bool:
    """Return whether a number is the ledger's: Decimal and int exactly, float to 1e-9."""
    if isinstance(got, (Decimal, int)):
        return Decimal(got) == expected
    return abs(got - float(expected)) <= TOLERANCE * max(abs(float(expected)), TOLERANCE)


def plain(value: Any) -> str:
    """Write a number for a reader, without exponent and trailing zeros."""
    if isinstance(value, float):
        return (
            repr(value) if 1e-4 <= abs(value) < 1e16 or value == 0 else f"{Decimal(repr(value)):f}"
        )
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)


def when(seconds: Number) -> str:
    """Write a time in seconds as a date, if it is one."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "no date"


def same_time(got: Number, open_ms: int) -> bool:
    """Return whether a timestamp in seconds is this open time."""
    return abs(float(got) * 1000 - open_ms) < 0.5


def differs(reading: Reading, candle: Candle) -> bool:
    """Return whether any number but the time is not the candle's: `rows`, without the words."""
    for column in COLUMNS:  # no generator: it is asked for thousands of candles
        if not same(getattr(reading, column), candle.decimal(column)):
            return True
    extras = reading.extras
    return any(
        not same(extras[name], _extra(candle, column))
        for name, column in EXTRAS.items()
        if name in extras
    )


def rows(reading: Reading, candle: Candle) -> list[Row]:
    """Compare all columns; extras only where the adapter filled them."""
    seconds = Decimal(f"{candle.open_ms}e-3")
    found = [
        Row(
            "timestamp",
            f"{plain(seconds)} ({when(seconds)})",
            f"{plain(reading.timestamp)} ({when(reading.timestamp)})",
            not same_time(reading.timestamp, candle.open_ms),
        )
    ]
    for column in COLUMNS:
        expected = candle.decimal(column)
        got = getattr(reading, column)
        found.append(Row(column, plain(expected), plain(got), not same(got, expected)))
    for name, column in EXTRAS.items():
        if name in reading.extras:
            got, expected = reading.extras[name], _extra(candle, column)
            found.append(Row(name, plain(expected), plain(got), not same(got, expected)))
    return found


def _extra(candle: Candle, column: str) -> Decimal:
    return Decimal(candle.trades) if column == "trades" else candle.decimal(column)


def wrong(compared: Sequence[Row]) -> list[str]:
    """Return the names of the columns that differ."""
    return [row.column for row in compared if row.wrong]


def unit_of(timestamp: Number, open_ms: int) -> str | None:
    """Return the unit in which a timestamp is this open time, if it is not seconds."""
    value = float(timestamp)
    for name, factor in (("milliseconds", 1.0), ("microseconds", 1e3), ("nanoseconds", 1e6)):
        if abs(value - open_ms * factor) < 0.5 * factor:
            return name
    return None


def unfinished(reading: Reading, candle: Candle) -> bool:
    """Return whether these can be numbers that a candle had while it was still running."""
    low, high = float(candle.decimal("low")), float(candle.decimal("high"))
    prices = [float(getattr(reading, name)) for name in ("open", "high", "low", "close")]
    inside = all(low * (1 - TOLERANCE) <= price <= high * (1 + TOLERANCE) for price in prices)
    less = 0 <= reading.volume < float(candle.decimal("volume")) * (1 - TOLERANCE)
    ordered = reading.low <= reading.close <= reading.high
    other = any(
        same(reading.volume, candle.decimal(column)) for column in _MEANINGS if "_" in column
    )
    opened = same(reading.open, candle.decimal("open"))
    return inside and less and ordered and opened and not other


def explain(reading: Reading, candle: Candle) -> str:
    """Say what the wrong columns really hold, where the ledger knows it."""
    said = []
    if not same_time(reading.timestamp, candle.open_ms):
        unit = unit_of(reading.timestamp, candle.open_ms)
        if unit:
            said.append(f"timestamp is in {unit}; a candle's timestamp is in seconds")
        elif same_time(reading.timestamp, candle.end_ms) or same_time(
            reading.timestamp, candle.end_ms - 1
        ):
            said.append("timestamp is the candle's close time; it is the open time")
    if unfinished(reading, candle):
        return "; ".join([*said, "these are numbers that the candle had before its end"])
    swapped = [c for c in COLUMNS if not same(getattr(reading, c), candle.decimal(c))]
    for column in swapped:
        got = getattr(reading, column)
        holds = [c for c in _MEANINGS if c != column and same(got, candle.decimal(c))]
        # where two columns are equal, one that is wrong itself is the likelier source
        holds.sort(key=lambda c: c not in swapped)
        if holds:
            said.append(f"{column} holds {_MEANINGS[holds[0]]}")
    return "; ".join(said)
