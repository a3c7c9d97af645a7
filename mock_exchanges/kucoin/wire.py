"""Candles as KuCoin writes them: seven strings, the close in third place.

``[start in seconds, open, close, high, low, base volume, quote turnover]`` on the stream
and over REST alike. Decimals are plain and not padded, zero is ``0``.
https://www.kucoin.com/docs-new/3470071w0
"""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.candle import Candle, fixed

Subject = Literal["add", "update"]

_ROW = '["%d","%s","%s","%s","%s","%s","%s"]'
_PUSH = (
    '{"topic":"%s","type":"message","subject":"trade.candles.%s",'
    '"data":{"symbol":"%s","candles":%s,"time":%d}}'
)
_DATA_FIRST = (
    '{"data":{"symbol":"%s","candles":%s,"time":%d},"subject":"trade.candles.%s",'
    '"topic":"%s","type":"message"}'
)


def plain(value: int, digits: int) -> str:
    """Write an integer of ``10**-digits`` without zeros at its end."""
    text = fixed(value, digits, digits)
    return text.rstrip("0").rstrip(".") if digits else text


def row(candle: Candle) -> str:
    """Return the candle as the seven strings, in JSON."""
    price = candle.price_digits
    return _ROW % (
        candle.open_ms // SECOND_MS,
        plain(candle.open, price),
        plain(candle.close, price),
        plain(candle.high, price),
        plain(candle.low, price),
        plain(candle.volume, candle.volume_digits),
        plain(candle.quote_volume, candle.quote_digits),
    )


def push(
    candle: Candle,
    topic: str,
    symbol: str,
    subject: Subject,
    time_ns: int,
    *,
    data_first: bool = False,
) -> str:
    """Return the message of a candle; ``data_first`` is the order of keys of 2021."""
    candles = row(candle)
    if data_first:
        return _DATA_FIRST % (symbol, candles, time_ns, subject, topic)
    return _PUSH % (topic, subject, symbol, candles, time_ns)
