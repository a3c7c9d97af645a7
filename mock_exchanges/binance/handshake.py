"""The URL of a stream connection: what it asks for, or why it is refused.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

from mock_exchanges.binance.errors import TEXT_HEADERS, bad_time_unit
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.http import Request, Response

# What surrounds the target in a request line: "GET " and " HTTP/1.1".
_LINE_EXTRA = 13
TIME_UNITS = {
    "MILLISECOND": False,
    "millisecond": False,
    "MICROSECOND": True,
    "microsecond": True,
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What a URL asks for: raw or combined frames, streams, microseconds."""

    combined: bool
    names: tuple[str, ...]
    micro: bool


def read(request: Request, profile: Profile) -> Opening | Response:
    """Read a handshake's URL, or return the refusal.

    Anything may stand before ``/ws`` or ``/stream``: a client that tells spot from
    futures by the URL can then be given one that it takes for spot.
    """
    target = len(request.path) + (len(request.query) + 1 if request.query else 0)
    if target + _LINE_EXTRA > profile.request_line_bytes:
        return Response(414, b"", TEXT_HEADERS)
    segments = [unquote(part) for part in request.path.split("/")]
    kind = next((part for part in segments if part in ("ws", "stream")), None)
    if kind is None:
        return _bad_path()
    rest = segments[segments.index(kind) + 1 :]
    names = [name for part in rest for name in part.split("/") if name]
    query = _query(request.query)
    unit = query.get("timeUnit", "MILLISECOND")
    if unit not in TIME_UNITS:
        return bad_time_unit().response()
    if kind == "stream":
        if names:
            return _bad_path()
        names = [name for name in query.get("streams", "").split("/") if name]
    return Opening(kind == "stream", tuple(names), TIME_UNITS[unit])


def _bad_path() -> Response:
    return Response(400, b"Invalid request path", TEXT_HEADERS)


def _query(query: str) -> dict[str, str]:
    """Read a query; a plus sign stays one, as ``@+08:00`` needs it."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}
