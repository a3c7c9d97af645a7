"""Candles as the demo exchange writes them: the same object on the stream and by REST.

Written with one template from integers, not through a JSON encoder: a busy server does
little else.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_exchanges.core.candle import Candle, fixed

_CANDLE = '{"t":%d,"o":"%s","h":"%s","l":"%s","c":"%s","v":"%s","q":"%s","n":%d,"V":"%s","Q":"%s"}'
_MESSAGE = '{"type":"%s","channel":"%s","symbol":"%s","interval":"%s","ts":%d,"data":%s}'


def channel(pair: str, interval: str) -> str:
    """Return the name of a channel, ``candle.1m.BTC-USDT``."""
    return f"candle.{interval}.{pair}"


def candle(made: Candle) -> str:
    """Return a candle as an object: ``t`` is its open time in milliseconds."""
    price, volume, quote = made.price_digits, made.volume_digits, made.quote_digits
    return _CANDLE % (
        made.open_ms,
        fixed(made.open, price, price),
        fixed(made.high, price, price),
        fixed(made.low, price, price),
        fixed(made.close, price, price),
        fixed(made.volume, volume, volume),
        fixed(made.quote_volume, quote, quote),
        made.trades,
        fixed(made.taker_volume, volume, volume),
        fixed(made.taker_quote_volume, quote, quote),
    )


def update(made: Candle, pair: str, interval: str, at_ms: int) -> str:
    """Return the message of one candle, sent at ``at_ms`` (epoch milliseconds)."""
    name = channel(pair, interval)
    return _MESSAGE % ("candle", name, pair, interval, at_ms, candle(made))


def snapshot(made: Sequence[Candle], pair: str, interval: str, at_ms: int) -> str:
    """Return the message of several candles, oldest first."""
    name, rows = channel(pair, interval), ",".join(map(candle, made))
    return _MESSAGE % ("snapshot", name, pair, interval, at_ms, f"[{rows}]")
