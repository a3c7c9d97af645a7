"""Errors as Binance writes them: frames on the stream, bodies over REST.

On the stream the real frame is nested under ``error``, whatever the documents print
(github.com/ctubio/Krypto-trading-bot issue 1121); most errors end the connection.
Codes: https://developers.binance.com/docs/binance-spot-api-docs/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_exchanges.core.http import Response, compact

NO_ID = object()

JSON_HEADERS: Mapping[str, str] = {
    "Content-Type": "application/json;charset=UTF-8",
    "Server": "nginx",
    "Cache-Control": "no-cache, no-store, must-revalidate",
    "X-Frame-Options": "SAMEORIGIN",
    "Strict-Transport-Security": "max-age=31536000; includeSubdomains",
}
TEXT_HEADERS: Mapping[str, str] = {"Content-Type": "text/plain", "Server": "nginx"}


class StreamError(Exception):
    """A request on the stream that is answered with an error frame.

    ``code`` is Binance's; ``id`` is echoed with its type, and left out where it is NO_ID.
    Codes 0 and 1 leave the connection open.
    """

    def __init__(self, code: int, message: str, id: Any = NO_ID) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = id

    @property
    def fatal(self) -> bool:
        """Whether the exchange closes the connection after the frame."""
        return self.code not in (0, 1)

    def text(self) -> str:
        """Return the frame."""
        frame: dict[str, Any] = {"error": {"code": self.code, "msg": self.message}}
        if self.id is not NO_ID:
            frame["id"] = self.id
        return compact(frame)


class ApiError(Exception):
    """A REST request that is answered with ``{"code":…,"msg":…}``."""

    def __init__(
        self, code: int, message: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}

    def response(self) -> Response:
        """Return the answer."""
        body = compact({"code": self.code, "msg": self.message}).encode()
        return Response(self.status, body, {**JSON_HEADERS, **self.headers})


def mandatory(parameter: str) -> ApiError:
    """Return the error for a parameter that is missing (or a limit of 0)."""
    return ApiError(
        -1102,
        f"Mandatory parameter '{parameter}' was not sent, was empty/null, or malformed.",
    )


def illegal(parameter: str, legal: str) -> ApiError:
    """Return the error for a value outside its ``legal`` range (a Java expression)."""
    return ApiError(
        -1100, f"Illegal characters found in parameter '{parameter}'; legal range is '{legal}'."
    )


def unread(read: int, sent: int) -> ApiError:
    """Return the error for parameters that the endpoint does not have."""
    return ApiError(
        -1104,
        f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'.",
    )


def invalid(parameter: str) -> ApiError:
    """Return the error for a value that is readable but makes no sense."""
    return ApiError(-1130, f"Data sent for parameter '{parameter}' is not valid.")


def empty(parameter: str) -> ApiError:
    """Return the error for a parameter without a value."""
    return ApiError(-1105, f"Parameter '{parameter}' was empty.")


def duplicated() -> ApiError:
    """Return the error for a parameter sent twice."""
    return ApiError(-1101, "Duplicate values for a parameter detected.")


def too_many_parameters(sent: int) -> ApiError:
    """Return the error for parameters on an endpoint that takes none."""
    return ApiError(-1101, f"Too many parameters; expected '0' and received '{sent}'.")


def bad_symbol() -> ApiError:
    """Return the error for a well-formed symbol that is not listed."""
    return ApiError(-1121, "Invalid symbol.")


def bad_interval() -> ApiError:
    """Return the error for an interval that is not offered."""
    return ApiError(-1120, "Invalid interval.")


def bad_time_unit() -> ApiError:
    """Return the error for a time unit that is neither of the two."""
    return ApiError(
        -1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND."
    )


def over_weight(code: int, limit: int, retry_after: int) -> ApiError:
    """Return the answer over budget; ``retry_after`` is seconds."""
    return ApiError(
        code,
        f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
        "Please use WebSocket Streams for live updates to avoid polling the API.",
        429,
        {"Retry-After": str(retry_after)},
    )


def banned(code: int, until_ms: int, retry_after: int) -> ApiError:
    """Return the answer to a banned address; ``until_ms`` is epoch milliseconds."""
    return ApiError(
        code,
        f"Way too much request weight used; IP banned until {until_ms}. "
        "Please use WebSocket Streams for live updates to avoid bans.",
        418,
        {"Retry-After": str(retry_after)},
    )
