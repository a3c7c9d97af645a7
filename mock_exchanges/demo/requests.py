"""The JSON requests on the stream, in both of the shapes that guides print.

``{"method":"subscribe","params":["candle.1m.BTC-USDT"],"id":1}`` and
``{"op":"subscribe","args":[{"channel":"candlestick","instId":"BTC-USDT","interval":"1m"}]}``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mock_exchanges.demo import errors

OPERATIONS = ("subscribe", "unsubscribe", "login", "ping", "pong")
# the names of the candle channel; the second is that of the shape with arguments
CHANNELS = ("candle", "candlestick")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: ``items`` are its params or args, ``ts`` a pong's time, as sent."""

    operation: str
    items: tuple[Any, ...]
    id: Any
    ts: Any


class BadRequest(Exception):
    """A request that cannot be read: the error, and the id if that could be read."""

    def __init__(self, error: errors.DemoError, identity: Any = errors.NO_ID) -> None:
        super().__init__(error.message)
        self.error = error
        self.id = identity


def read(text: str) -> Ask:
    """Read a request; raise BadRequest for a wrong one."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequest(errors.malformed("no JSON")) from None
    if not isinstance(message, dict):
        raise BadRequest(errors.malformed("no JSON object"))
    identity = message.get("id", errors.NO_ID)
    if identity is not errors.NO_ID and not isinstance(identity, (int, str)):
        raise BadRequest(errors.malformed("id is neither a number nor a string"))
    names = [key for key in ("op", "method") if key in message]
    if len(names) != 1:
        raise BadRequest(errors.malformed("expected op or method"), identity)
    operation = message[names[0]]
    if operation not in OPERATIONS:
        raise BadRequest(errors.unknown_operation(shown(operation)), identity)
    items = message.get("args" if names == ["op"] else "params", [])
    if isinstance(items, dict):
        items = [items]
    if not isinstance(items, list):
        raise BadRequest(errors.malformed("args or params is no list"), identity)
    if operation in ("subscribe", "unsubscribe") and not items:
        raise BadRequest(errors.malformed("no channel is named"), identity)
    return Ask(operation, tuple(items), identity, message.get("ts"))


def shown(value: Any) -> str:
    """Return a value of a request for an error's text."""
    text = value if isinstance(value, str) else errors.dumps(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def wanted(item: Any) -> tuple[str, str]:
    """Return (pair, interval) of a channel in either shape, as sent.

    Raises DemoError if it is no candle channel.
    """
    kind: Any
    interval: Any
    pair: Any
    if isinstance(item, str):
        kind, _, rest = item.partition(".")
        interval, _, pair = rest.partition(".")
    elif isinstance(item, dict):
        kind, pair, interval = (item.get(key) for key in ("channel", "instId", "interval"))
    else:
        raise errors.unknown_channel(shown(item))
    if kind not in CHANNELS:
        raise errors.unknown_channel(shown(item))
    if not (isinstance(pair, str) and isinstance(interval, str)):
        raise errors.malformed("a channel has instId and interval, which are strings")
    return pair, interval
