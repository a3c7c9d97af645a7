"""What is particular to one trading pair: price level, digits, how busy it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A market that an exchange lists.

    ``price`` is the level around which the market moves, in quote units;
    ``price_digits`` and ``volume_digits`` the decimals of prices and base volumes
    (together at most 8, so that quote volumes are exact with 8 decimals).
    ``trades_per_minute`` and ``volume_per_minute`` (base units) say how busy it is;
    ``quiet`` is the share of minutes without any trade. Before ``listed`` (a UTC
    day) there is nothing.
    """

    base: str
    quote: str
    price: Decimal
    price_digits: int
    volume_digits: int
    volume_per_minute: Decimal
    trades_per_minute: int = 30
    quiet: float = 0.02
    listed: date = date(2019, 9, 17)

    def __post_init__(self) -> None:
        if self.price_digits + self.volume_digits > 8:
            raise ValueError(
                f"{self.name}: price_digits + volume_digits is "
                f"{self.price_digits + self.volume_digits}, expected at most 8"
            )
        if not 0 <= self.quiet < 1:
            raise ValueError(f"{self.name}: quiet is {self.quiet}, expected 0 <= quiet < 1")
        if self.trades_per_minute < 4:
            raise ValueError(
                f"{self.name}: trades_per_minute is {self.trades_per_minute}, expected 4 or more"
            )

    @property
    def name(self) -> str:
        """The standard name, ``BASE-QUOTE``."""
        return f"{self.base}-{self.quote}"
