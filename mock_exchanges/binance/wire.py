"""Candles as Binance writes them: kline events on the stream, rows over REST.

Written with one template from integers, not through a JSON encoder: a busy server does
little else. https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.core.candle import Candle, fixed
from mock_exchanges.core.pair import Pair

PLACES = 8

_EVENT = (
    '{"e":"kline","E":%d,"s":"%s","k":{"t":%d,"T":%d,"s":"%s","i":"%s","f":%d,"L":%d,'
    '"o":"%s","c":"%s","h":"%s","l":"%s","v":"%s","n":%d,"x":%s,"q":"%s","V":"%s","Q":"%s",'
    '"B":"0"}}'
)
_ROW = '[%d,"%s","%s","%s","%s","%s",%d,"%s",%d,"%s","%s","0"]'


def symbol(pair: Pair) -> str:
    """Return Binance's name of a pair, ``BTCUSDT``."""
    return f"{pair.base}{pair.quote}"


def symbols(pairs: Mapping[str, Pair]) -> dict[str, str]:
    """Return Binance's names of pairs, each with the standard name."""
    return {symbol(pair): name for name, pair in pairs.items()}


def times(candle: Candle, micro: bool) -> tuple[int, int]:
    """Return open and close time; the close is one unit before the next open."""
    if micro:
        return candle.open_ms * 1000, candle.end_ms * 1000 - 1
    return candle.open_ms, candle.end_ms - 1


def event(
    candle: Candle, symbol: str, interval: str, at_ms: int, *, closed: bool, micro: bool = False
) -> str:
    """Return the kline event sent at ``at_ms`` (epoch milliseconds).

    ``micro`` writes its times in microseconds. Trade ids are -1 without trades.
    """
    opened, ended = times(candle, micro)
    price, volume, quote = candle.price_digits, candle.volume_digits, candle.quote_digits
    first, last = -1, -1
    if candle.trades:
        first = candle.first_trade_id
        last = first + candle.trades - 1
    return _EVENT % (
        at_ms * 1000 if micro else at_ms,
        symbol,
        opened,
        ended,
        symbol,
        interval,
        first,
        last,
        fixed(candle.open, price, PLACES),
        fixed(candle.close, price, PLACES),
        fixed(candle.high, price, PLACES),
        fixed(candle.low, price, PLACES),
        fixed(candle.volume, volume, PLACES),
        candle.trades,
        "true" if closed else "false",
        fixed(candle.quote_volume, quote, PLACES),
        fixed(candle.taker_volume, volume, PLACES),
        fixed(candle.taker_quote_volume, quote, PLACES),
    )


def row(candle: Candle, *, micro: bool = False) -> str:
    """Return the candle as one of REST's rows of twelve."""
    opened, ended = times(candle, micro)
    price, volume, quote = candle.price_digits, candle.volume_digits, candle.quote_digits
    return _ROW % (
        opened,
        fixed(candle.open, price, PLACES),
        fixed(candle.high, price, PLACES),
        fixed(candle.low, price, PLACES),
        fixed(candle.close, price, PLACES),
        fixed(candle.volume, volume, PLACES),
        ended,
        fixed(candle.quote_volume, quote, PLACES),
        candle.trades,
        fixed(candle.taker_volume, volume, PLACES),
        fixed(candle.taker_quote_volume, quote, PLACES),
    )
