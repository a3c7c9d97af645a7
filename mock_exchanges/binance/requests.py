"""The JSON requests on the stream connection, read as the exchange's parser reads them.

The parser is serde (Rust), which its messages show. What it says in the rarer cases is a
guess in serde's manner; the codes, and that it closes, are what a client can rely on.
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from mock_exchanges.binance.errors import NO_ID, StreamError
from mock_exchanges.binance.names import well_formed

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_NOT_JSON = 3
_INVALID = 2
_METHOD_VALUE = re.compile(r'"method"\s*:\s*("(?:[^"\\]|\\.)*"|[^,}\s]+)')

# serde_json's own limit
_DEEPEST = 128


@dataclass(frozen=True, slots=True)
class Ask:
    """One request that can be answered.

    ``names`` are streams (SUBSCRIBE, UNSUBSCRIBE); ``value`` is the new state of
    ``combined`` (SET_PROPERTY).
    """

    method: str
    id: int | str | None
    names: tuple[str, ...] = ()
    value: bool = False


def read(text: str, id_characters: int = 36) -> Ask:
    """Read a request; raise StreamError with the frame that answers a wrong one."""
    message = _json(text)
    if not isinstance(message, dict):
        raise _invalid(f"invalid type: {_serde(message)}, expected a request", text)
    identity = _id(message, id_characters)
    try:
        method = _method(message, text)
        if method == "LIST_SUBSCRIPTIONS":
            return Ask(method, identity)
        params = _params(message, text)
        if method == "SET_PROPERTY":
            return Ask(method, identity, value=_property(params, 2))
        if method == "GET_PROPERTY":
            _property(params, 1)
            return Ask(method, identity)
        return Ask(method, identity, names=_names(params, text))
    except StreamError as error:
        error.id = identity
        raise


def not_json(message: str = "expected value", line: int = 1, column: int = 1) -> StreamError:
    """Return the error for a frame that is no JSON."""
    return StreamError(_NOT_JSON, f"Invalid JSON: {message} at line {line} column {column}")


def _id(message: dict[str, Any], characters: int) -> int | str | None:
    identity = message.get("id", NO_ID)
    if identity is None:
        return None
    if isinstance(identity, str) and len(identity) <= characters:
        return identity
    whole = isinstance(identity, int) and not isinstance(identity, bool)
    if whole and -(2**63) <= identity < 2**63:
        return int(identity)
    raise StreamError(_INVALID, "Invalid request: request ID must be an unsigned integer")


def _method(message: dict[str, Any], text: str) -> str:
    if "method" not in message:
        raise _invalid("missing field `method`", text)
    method = message["method"]
    if isinstance(method, str) and method in METHODS:
        return method
    found = _METHOD_VALUE.search(text)
    head = text[: found.end()] if found else text
    if not isinstance(method, str):
        raise _invalid(f"invalid type: {_serde(method)}, expected variant identifier", head)
    expected = ", ".join(f"`{name}`" for name in METHODS)
    raise _invalid(f"unknown variant `{method}`, expected one of {expected}", head)


def _params(message: dict[str, Any], text: str) -> list[Any]:
    if "params" not in message:
        raise _invalid("missing field `params`", text)
    params = message["params"]
    if not isinstance(params, list):
        raise _invalid(f"invalid type: {_serde(params)}, expected a sequence", text)
    return params


def _names(params: list[Any], text: str) -> tuple[str, ...]:
    for name in params:
        if not isinstance(name, str):
            raise _invalid(f"invalid type: {_serde(name)}, expected a string", text)
        if not well_formed(name):
            raise StreamError(_INVALID, "Invalid request: invalid stream")
    return tuple(params)


def _property(params: list[Any], expected: int) -> bool:
    if not params or not isinstance(params[0], str):
        raise StreamError(_INVALID, "Invalid request: property name must be a string")
    if len(params) > expected:
        raise StreamError(_INVALID, "Invalid request: too many parameters")
    if params[0] != "combined":
        raise StreamError(0, "Unknown property")
    if expected == 1:
        return False
    if len(params) < expected or not isinstance(params[1], bool):
        raise StreamError(1, "Invalid value type: expected Boolean")
    return params[1]


def _json(text: str) -> Any:
    column = _too_deep(text)
    if column:
        raise not_json("recursion limit exceeded", 1, column)
    try:
        message = json.loads(text, parse_constant=_no_constant)
        # An unpaired surrogate can be written in JSON but not sent back.
        json.dumps(message, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise not_json(*_serde_json(text, error)) from None
    except UnicodeEncodeError:
        raise not_json("lone leading surrogate in hex escape", *_place(text)) from None
    except ValueError:
        raise not_json() from None
    return message


def _too_deep(text: str) -> int:
    """Return the column at which a one-line text nests deeper than serde reads, or 0."""
    if text.count("[") + text.count("{") < _DEEPEST:
        return 0
    depth, quoted, escaped = 0, False, False
    for column, character in enumerate(text, start=1):
        if quoted:
            quoted, escaped = escaped or character != '"', not escaped and character == "\\"
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            if depth == _DEEPEST:
                return column
        elif character in "]}":
            depth -= 1
    return 0


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _serde_json(text: str, error: json.JSONDecodeError) -> tuple[str, int, int]:
    """Say in serde's words what Python's parser found."""
    ended = error.pos >= len(text.rstrip())
    line, column = _place(text[: error.pos + 1])
    match error.msg.partition(":")[0].partition(" starting at")[0]:
        case "Expecting value" | "Unexpected UTF-8 BOM (decode using utf-8-sig)":
            said = "EOF while parsing a value" if ended else "expected value"
        case "Extra data":
            said = "trailing characters"
        case "Unterminated string":
            said, (line, column) = "EOF while parsing a string", _place(text)
        case "Expecting property name enclosed in double quotes":
            said = "EOF while parsing an object" if ended else "key must be a string"
        case "Expecting '":
            said = "expected `:`"
        case "Expecting ',' delimiter":
            in_list = text.rfind("[", 0, error.pos) > text.rfind("{", 0, error.pos)
            if ended:
                said = f"EOF while parsing {'a list' if in_list else 'an object'}"
            else:
                said = f"expected `,` or `{']' if in_list else '}'}`"
        case (
            "Illegal trailing comma before end of object"
            | "Illegal trailing comma before end of array"
        ):
            said = "trailing comma"
        case "Invalid control character at":
            said = "control character (\\u0000-\\u001F) found while parsing a string"
        case _:
            said = "invalid escape"
    if ended:
        line, column = _place(text)
    return said, line, column


def _invalid(message: str, head: str) -> StreamError:
    """Return a code 2 error found at the end of ``head``."""
    line, column = _place(head)
    return StreamError(_INVALID, f"Invalid request: {message} at line {line} column {column}")


def _place(head: str) -> tuple[int, int]:
    """Return line and column (in bytes, from 1) of the last character of ``head``."""
    last = head.rpartition("\n")[2]
    return head.count("\n") + 1, len(last.encode("utf-8", "surrogatepass"))


def _serde(value: Any) -> str:
    """Return how serde names a value it did not expect."""
    match value:
        case None:
            return "null"
        case bool():
            return f"boolean `{str(value).lower()}`"
        case int():
            return f"integer `{value}`"
        case float():
            return f"floating point `{value}`"
        case str():
            return f'string "{value}"'
        case list():
            return "sequence"
    return "map"
