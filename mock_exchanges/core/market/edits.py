"""What was done to a market, as data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.candle import EXACT
from mock_exchanges.core.pair import Pair

EditKind = Literal["halt", "gap", "quieten", "correct", "list"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. ``pair`` is None for all pairs; times are epoch milliseconds.

    ``price`` (quote units) and ``volume`` (base units) are those of a correction,
    ``listed`` is the pair that was listed.
    """

    kind: EditKind
    pair: str | None
    start_ms: int | None
    end_ms: int | None
    price: Decimal | None = None
    volume: Decimal | None = None
    listed: Pair | None = None

    def told(self) -> dict[str, Any]:
        """Return the edit as JSON has it; what is None is left out."""
        fields: dict[str, Any] = {
            "edit": self.kind,
            "pair": self.pair,
            "start_ms": self.start_ms,
            "end_ms": self.end_ms,
            "price": None if self.price is None else str(self.price),
            "volume": None if self.volume is None else str(self.volume),
            "listed": None if self.listed is None else self.listed.listed.isoformat(),
        }
        return {name: value for name, value in fields.items() if value is not None}

    def __str__(self) -> str:
        return " ".join(
            str(value) if name == "edit" else f"{name}={value}"
            for name, value in self.told().items()
        )


def checked_stretch(start_ms: int, end_ms: int) -> None:
    """Raise ValueError unless ``[start_ms, end_ms)`` is a stretch of whole minutes."""
    for name, value in (("start_ms", start_ms), ("end_ms", end_ms)):
        if value % MINUTE_MS:
            raise ValueError(
                f"{name} is {value}, expected a multiple of {MINUTE_MS}, "
                f"such as {value - value % MINUTE_MS}"
            )
    if start_ms >= end_ms:
        raise ValueError(f"start_ms is {start_ms}, expected less than end_ms, {end_ms}")


def units(name: str, value: Decimal | str | int, digits: int) -> Decimal:
    """Return a positive amount that has at most ``digits`` decimals. Raises ValueError."""
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{name} is {value!r}, expected a number, such as '1.5'") from None
    if isinstance(value, float):
        raise ValueError(f"{name} is the float {value!r}, expected a Decimal or a string")
    if not amount.is_finite() or amount <= 0:
        raise ValueError(f"{name} is {value}, expected more than 0")
    exact = amount.quantize(Decimal(1).scaleb(-digits, EXACT), context=EXACT)
    if exact != amount:
        raise ValueError(f"{name} is {value}, expected at most {digits} decimals, such as {exact}")
    return exact
