"""The JSON messages of a client, read as far as the exchange shows that it reads them.

Which words an unreadable message gets is a guess; that the connection stays open is not.
https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-overview
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.nearest import nearest

TYPES = ("subscribe", "unsubscribe")
_SHOWN = 200


class Refused(Exception):
    """A message that is answered with an error frame.

    ``text`` is the frame's; ``why`` is for the journal, as the frame seldom says it.
    """

    def __init__(self, text: str, why: str) -> None:
        super().__init__(text)
        self.text = text
        self.why = why


@dataclass(frozen=True, slots=True)
class Ask:
    """One message: what to do with which channel, for which products, in whose name."""

    type: str
    channel: str
    products: tuple[str, ...] = ()
    jwt: str | None = None


def load(text: str) -> dict[str, Any] | None:
    """Return the message as an object, or None if it is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def token(message: dict[str, Any] | None) -> Any:
    """Return the token of a message as sent, or None if there is none; empty counts as none."""
    return (message or {}).get("jwt") or None


def read(message: dict[str, Any] | None, text: str, profile: Profile) -> Ask:
    """Read a message; raise Refused with the frame that answers a wrong one."""
    if message is None:
        raise Refused(profile.malformed, f"no JSON object: {text[:_SHOWN]}")
    kind = message.get("type")
    if kind not in TYPES:
        near = nearest(kind, TYPES) if isinstance(kind, str) else None
        meant = near or "subscribe"
        raise Refused(profile.malformed, f"type is {kind!r}, expected {meant!r}")
    channel = message.get("channel")
    known = (*profile.channels, *profile.private_channels)
    if channel not in known:
        raise Refused(profile.refusal, _no_channel(channel, message, known))
    products = message.get("product_ids")
    if products is None:
        products = []
    if not isinstance(products, list) or not all(isinstance(item, str) for item in products):
        raise Refused(profile.malformed, f"product_ids is {products!r}, expected a list of ids")
    return Ask(kind, channel, tuple(dict.fromkeys(products)), token(message))


def _no_channel(channel: Any, message: dict[str, Any], known: tuple[str, ...]) -> str:
    if channel is None and "channels" in message:
        return "channels is the key of Coinbase Exchange; expected one channel: 'candles'"
    near = nearest(channel, known) if isinstance(channel, str) else None
    return f"no channel {channel!r}; nearest is {near or 'candles'!r}"
