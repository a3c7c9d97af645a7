"""Frames as OKX writes them: candle pushes and rows, confirmations, errors, notices.

Candles are written with one template from integers, not through a JSON encoder: a busy
server does little else. Everything in a row is a string, without trailing zeros.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-candlesticks-channel
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import compact

PREFIX = "candle"

_ROW = '["%d","%s","%s","%s","%s","%s","%s","%s","%s"]'
_SHORT_ROW = '["%d","%s","%s","%s","%s","%s","%s"]'
_PUSH = '{"arg":{"channel":"%s","instId":"%s"},"data":[%s]}'


def plain(value: int, digits: int) -> str:
    """Write an integer of ``10**-digits`` without exponent and trailing zeros."""
    whole, part = divmod(value, 10**digits)
    if not part:
        return str(whole)
    return f"{whole}.{part:0{digits}d}".rstrip("0")


def row(candle: Candle, columns: int = 9) -> str:
    """Return a spot candle as a row of nine columns, or of the seven there were until 2022.

    Columns: open time, open, high, low, close, base volume, quote volume, the quote
    volume again, whether it is complete.
    """
    price = candle.price_digits
    quote = plain(candle.quote_volume, candle.quote_digits)
    values = (
        candle.open_ms,
        plain(candle.open, price),
        plain(candle.high, price),
        plain(candle.low, price),
        plain(candle.close, price),
        plain(candle.volume, candle.volume_digits),
        quote,
    )
    if columns == 7:
        return _SHORT_ROW % values
    return _ROW % (*values, quote, "1" if candle.closed else "0")


def push(candle: Candle, channel: str, pair: str, columns: int = 9) -> str:
    """Return the push of a candle on a channel such as ``candle1m``."""
    return pushed((candle,), channel, pair, columns)


def pushed(candles: Sequence[Candle], channel: str, pair: str, columns: int = 9) -> str:
    """Return the push of several candles at once, each a row."""
    return _PUSH % (channel, pair, ",".join(row(each, columns) for each in candles))


class Frames:
    """Event frames of one connection; ``conn_id`` is in each of them, unless it is empty."""

    def __init__(self, conn_id: str) -> None:
        self._tail = {"connId": conn_id} if conn_id else {}

    def confirmed(self, op: str, arg: Mapping[str, Any], id: str | int | None) -> str:
        """Return the confirmation of one arg of a subscribe or unsubscribe."""
        return self._frame({"event": op, "arg": arg}, id)

    def refused(self, code: str, message: str, id: str | int | None = None) -> str:
        """Return an error; it does not say which arg it is about, but in words."""
        return self._frame({"event": "error", "msg": message, "code": code}, id)

    def logged_in(self, id: str | int | None = None) -> str:
        """Return the answer to a right login."""
        return self._frame({"event": "login", "code": "0", "msg": ""}, id)

    def counted(self, channel: str, count: int, *, over: bool = False) -> str:
        """Return how many connections of the account have a channel; ``over`` refuses this one."""
        event = "channel-conn-count-error" if over else "channel-conn-count"
        return self._frame({"event": event, "channel": channel, "connCount": str(count)})

    def notice(self) -> str:
        """Return the notice that the connection will be cut for a service upgrade."""
        said = "The connection will soon be closed for a service upgrade. Please reconnect."
        return self._frame({"event": "notice", "code": "64008", "msg": said})

    def _frame(self, body: Mapping[str, Any], id: str | int | None = None) -> str:
        head = {} if id is None else {"id": id}
        return compact({**head, **body, **self._tail})
