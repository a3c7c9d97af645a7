"""Candles with some of their columns exchanged."""

from __future__ import annotations

from reference_adapters.binance import Candle


def changed(candles: list[Candle] | None, **columns: str) -> list[Candle] | None:
    """Return candles with columns taken from other columns."""
    if candles is None:
        return None
    made = []
    for candle in candles:
        values = {name: getattr(candle, name) for name in Candle.__dataclass_fields__}
        values.update({name: getattr(candle, other) for name, other in columns.items()})
        made.append(Candle(**values))
    return made
