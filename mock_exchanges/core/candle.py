"""A candle of the ledger: exact integers, and their decimal reading."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import NamedTuple

# not the thread's context, which whoever is judged may have set
EXACT = Context(prec=60)


class Candle(NamedTuple):
    """One candle of one trading pair, exact.

    Prices are integers of ``10**-price_digits`` quote units, base volumes of
    ``10**-volume_digits`` base units, quote volumes of
    ``10**-(price_digits + volume_digits)`` quote units. Times are epoch
    milliseconds; ``end_ms`` is the next candle's open time. ``trades`` is 0 and
    all four prices are equal for an interval without trades;
    ``first_trade_id`` is then the id that the next trade will have.
    """

    open_ms: int
    end_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int
    trades: int
    taker_volume: int
    taker_quote_volume: int
    first_trade_id: int
    closed: bool
    price_digits: int
    volume_digits: int

    @property
    def quote_digits(self) -> int:
        """Decimal digits of the quote volumes."""
        return self.price_digits + self.volume_digits

    def decimal(self, column: str) -> Decimal:
        """Return a price or volume column as an exact Decimal in its unit."""
        value: int = getattr(self, column)
        if column in ("volume", "taker_volume"):
            digits = self.volume_digits
        elif column in ("quote_volume", "taker_quote_volume"):
            digits = self.quote_digits
        elif column in ("open", "high", "low", "close"):
            digits = self.price_digits
        else:
            raise ValueError(f"candle has no price or volume column {column!r}")
        return Decimal(value).scaleb(-digits, EXACT)


def sole(candles: Sequence[Candle], message: str) -> Candle:
    """Return the one candle for a kind of message that has room for one.

    Raises ValueError for none or several, which says so.
    """
    if len(candles) != 1:
        raise ValueError(f"candles are {len(candles)}, expected 1: {message} has room for one")
    return candles[0]


def fixed(value: int, digits: int, places: int) -> str:
    """Write an integer of ``10**-digits`` with exactly ``places`` decimals.

    Raises ValueError where that would cut digits off.
    """
    if digits > places:
        cut = 10 ** (digits - places)
        if value % cut:
            raise ValueError(f"{value}e-{digits} does not fit {places} decimals")
        value //= cut
    else:
        value *= 10 ** (places - digits)
    if places == 0:
        return str(value)
    whole, part = divmod(value, 10**places)
    return f"{whole}.{part:0{places}d}"
