"""The URL of a connection: its token, its connectId, or why it is refused.

``{endpoint}?token=…&connectId=…``; other parameters, which many clients send, are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal
from urllib.parse import unquote

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.http import Request, Response
from mock_exchanges.kucoin.profile import Profile
from mock_exchanges.kucoin.tokens import Tokens

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a handshake asks for. ``refusal`` is the code and text of an error frame.

    ``number`` tells connections apart and makes their ids.
    """

    number: int
    connect_id: str | None = None
    refusal: tuple[int, str] | None = None


def read(
    request: Request, profile: Profile, tokens: Tokens, number: int, now_ms: int
) -> Opening | Response:
    """Read a handshake, or return its refusal by HTTP."""
    if request.path not in profile.ws_paths:
        return Response(404)
    query = _query(request.query)
    refusal = tokens.refusal(query.get("token", ""), now_ms)
    if refusal is None:
        return Opening(number, query.get("connectId"))
    if profile.token_refusal == "http":
        return Response(401)
    return Opening(number, query.get("connectId"), (401, refusal))


def server_id(number: int, now_ms: int, count: int, form: Literal["hex", "short"] = "hex") -> str:
    """Return an id as the server makes them: the Unix second first, 24 hex digits in all.

    ``short`` is the form of 2021: ten letters and digits.
    """
    digest = blake2b(f"{number}/{count}/{now_ms}".encode(), digest_size=10).digest()
    if form == "short":
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
    return f"{now_ms // SECOND_MS & 0xFFFFFFFF:08x}{digest[:8].hex()}"


def _query(query: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}
