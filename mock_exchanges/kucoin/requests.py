"""The JSON requests on the stream connection.

Numbers are read as their text, as an answer repeats a request's id as a string whatever
it was sent as. The texts for malformed JSON follow Jackson, which the known one is of.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from mock_exchanges.kucoin.errors import StreamError
from mock_exchanges.kucoin.names import well_formed

_TOKEN = re.compile(r"[^\s\[\]{}:,\"]+")
_EXPECTED = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
COMMANDS = ("subscribe", "unsubscribe", "ping", "openTunnel", "closeTunnel")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that can be answered. ``id`` is None where none was sent."""

    type: str
    id: str | None
    topic: str = ""
    response: bool = False
    tunnel: str = ""


def read(text: str, unknown_type: str) -> Ask:
    """Read a request; raise StreamError with the frame that answers a wrong one."""
    message = _json(text)
    if not isinstance(message, dict):
        raise StreamError(400, f"Cannot deserialize a request from {_kind(message)}")
    id = _id(message.get("id"))
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in COMMANDS:
        raise StreamError(415, unknown_type, id)
    response = message.get("response") in (True, "true")
    if kind == "ping":
        return Ask(kind, id)
    tunnel = message.get("newTunnelId" if kind == "openTunnel" else "tunnelId")
    tunnel = tunnel if isinstance(tunnel, str) else ""
    if kind.endswith("Tunnel"):
        if not tunnel:
            raise StreamError(400, "tunnelId is invalid", id)
        return Ask(kind, id, response=response, tunnel=tunnel)
    topic = message.get("topic")
    if topic is None or topic == "":
        raise StreamError(406, "topic is required", id)
    if not isinstance(topic, str) or not well_formed(topic):
        raise StreamError(400, "topic is invalid", id)
    return Ask(kind, id, topic, response, tunnel)


def _id(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else None


def _json(text: str) -> Any:
    try:
        message = _DECODER.decode(text)
        # An unpaired surrogate can be written in JSON but not sent back.
        if "\\u" in text:
            json.dumps(message, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise StreamError(400, _jackson(text, error.pos)) from None
    except UnicodeEncodeError:
        raise StreamError(400, "Incomplete surrogate pair") from None
    except RecursionError:
        raise StreamError(400, "Document nesting depth exceeds the maximum allowed") from None
    return message


def _no_constant(name: str) -> Any:
    raise StreamError(400, f"Unrecognized token '{name}': {_EXPECTED}")


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_constant)


def _jackson(text: str, position: int) -> str:
    token = _TOKEN.match(text, position)
    if token is not None:
        return f"Unrecognized token '{token.group()[:64]}': {_EXPECTED}"
    if position >= len(text.rstrip()):
        return "Unexpected end-of-input"
    return f"Unexpected character ('{text[position]}' (code {ord(text[position])}))"


def _kind(value: Any) -> str:
    names = {list: "an array", str: "a value", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a value")
