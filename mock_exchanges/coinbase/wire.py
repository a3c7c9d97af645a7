"""Messages as Coinbase writes them: an envelope of the connection around events.

A stream's message is made once and without its number, which each connection puts in.
https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-channels
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.candle import Candle, fixed
from mock_exchanges.core.http import compact

_NUMBER = '"sequence_num":'
_CANDLE = '{"start":"%d","high":"%s","low":"%s","open":"%s","close":"%s","volume":"%s",' \
    '"product_id":"%s"}'  # fmt: skip
_GUIDE_CANDLE = '{"start":"%s","low":"%s","high":"%s","open":"%s","close":"%s","volume":"%s"}'
_ROW = '{"start":"%d","low":"%s","high":"%s","open":"%s","close":"%s","volume":"%s"}'


def trimmed(value: int, digits: int) -> str:
    """Write an integer of ``10**-digits`` without zeros at its end: ``89004``, ``358.5``."""
    text = fixed(value, digits, digits)
    return text.rstrip("0").rstrip(".") if digits else text


def nanoseconds(at_ms: int, salt: str) -> int:
    """Return a fraction of a second: the milliseconds, and below them as if measured."""
    return at_ms % 1000 * 1_000_000 + zlib.crc32(f"{salt}{at_ms}".encode()) % 1_000_000


def instant(at_ms: int, salt: str = "") -> str:
    """Write a time as Go's RFC 3339 does: up to nine decimals, no zeros at the end."""
    seconds = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{nanoseconds(at_ms, salt):09d}".rstrip("0").rstrip(".")
    return f"{seconds}{fraction}Z"


def guide_instant(at_ms: int) -> str:
    """Write a time as the adapter guide does: three decimals."""
    seconds = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{seconds}.{at_ms % 1000:03d}Z"


def second(at_ms: int) -> str:
    """Write a time in whole seconds, RFC 3339."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def envelope(channel: str, event: str, at_ms: int, profile: Profile) -> str:
    """Return a message with one event (JSON), still without a number."""
    time = guide_instant(at_ms) if profile.simplified else instant(at_ms, channel)
    client = "" if profile.client_id is None else f'"client_id":{compact(profile.client_id)},'
    number = _NUMBER + "," if profile.numbered else ""
    return f'{{"channel":"{channel}",{client}"timestamp":"{time}",{number}"events":[{event}]}}'


def numbered(message: str, number: int) -> str:
    """Put the connection's number into a message that wants one."""
    return message.replace(f"{_NUMBER},", f"{_NUMBER}{number},", 1)


def candles_event(kind: str, product: str, candles: Iterable[Candle], profile: Profile) -> str:
    """Return the event of a candles message; ``kind`` is snapshot or update."""
    if profile.simplified:
        kind = "candle"
        rows = ",".join(_guide_candle(candle) for candle in candles)
    else:
        rows = ",".join(_candle(candle, product) for candle in candles)
    return f'{{"type":"{kind}","candles":[{rows}]}}'


def heartbeat_event(at_ms: int, born_ms: int, salt: str) -> str:
    """Return the event of a beat; the counter is the seconds since ``born_ms``."""
    whole, fraction = at_ms // 1000, nanoseconds(at_ms, salt)
    date = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%d %H:%M:%S")
    part = f".{fraction:09d}".rstrip("0").rstrip(".")
    up = (at_ms - born_ms) * 1_000_000 + fraction % 1_000_000
    uptime = f"{up // 10**9}.{up % 10**9:09d}"
    counter = (at_ms - born_ms) // 1000
    time = f"{date}{part} +0000 UTC m=+{uptime}"
    return f'{{"current_time":"{time}","heartbeat_counter":{counter}}}'


def row(candle: Candle) -> str:
    """Return the candle as REST has it: strings all, no product."""
    price = candle.price_digits
    return _ROW % (
        candle.open_ms // 1000,
        trimmed(candle.low, price),
        trimmed(candle.high, price),
        trimmed(candle.open, price),
        trimmed(candle.close, price),
        trimmed(candle.volume, candle.volume_digits),
    )


def _candle(candle: Candle, product: str) -> str:
    price = candle.price_digits
    return _CANDLE % (
        candle.open_ms // 1000,
        trimmed(candle.high, price),
        trimmed(candle.low, price),
        trimmed(candle.open, price),
        trimmed(candle.close, price),
        trimmed(candle.volume, candle.volume_digits),
        product,
    )


def _guide_candle(candle: Candle) -> str:
    price = candle.price_digits
    return _GUIDE_CANDLE % (
        guide_instant(candle.open_ms),
        trimmed(candle.low, price),
        trimmed(candle.high, price),
        trimmed(candle.open, price),
        trimmed(candle.close, price),
        trimmed(candle.volume, candle.volume_digits),
    )
