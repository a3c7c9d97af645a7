"""Errors as OKX words them: events on the stream, bodies over REST.

https://www.okx.com/docs-v5/en/#error-code
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_exchanges.core.http import Response, compact

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json"}


class StreamError(Exception):
    """A request on the stream that is answered with an error event; the connection stays."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def illegal(raw: str) -> StreamError:
    """Return the error for what is no request at all; it repeats the text."""
    return StreamError("60012", f"Illegal request: {raw}")


def too_frequent() -> StreamError:
    """Return the error for more requests than a connection may make in an hour."""
    return StreamError("60014", "Requests too frequent")


def wrong_url(wording: str, arg: Mapping[str, Any]) -> StreamError:
    """Return the error for a channel that is not there, by name, path or pair."""
    named = ",".join(f"{key}:{value}" for key, value in arg.items())
    return StreamError("60018", wording.replace("{0}", named))


def invalid_op(op: str) -> StreamError:
    """Return the error for an operation that does not exist."""
    return StreamError("60019", f"Invalid op: {op}")


def please_log_in() -> StreamError:
    """Return the error for a private channel before a login."""
    return StreamError("60011", "Please log in")


def not_at_this_url() -> StreamError:
    """Return the error for an operation that another path serves."""
    return StreamError(
        "60028",
        "The current operation is not supported by this URL. "
        "Please use the correct WebSocket URL for the operation.",
    )


class ApiError(Exception):
    """A REST request that is answered with a code other than "0".

    ``gateway`` errors have no ``data``: they were answered before the service saw them.
    """

    def __init__(
        self, code: str, message: str, status: int = 400, *, gateway: bool = False
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.gateway = gateway

    def response(self) -> Response:
        """Return the answer."""
        body: dict[str, Any] = {"code": self.code, "data": [], "msg": self.message}
        if self.gateway:
            body = {"msg": self.message, "code": self.code}
        return Response(self.status, compact(body).encode(), JSON_HEADERS)


def unknown_instrument() -> ApiError:
    """Return the error for a pair that is not listed; its HTTP status is 200."""
    return ApiError("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", 200)


def missing(parameter: str, status: int = 400) -> ApiError:
    """Return the error for a mandatory parameter that is absent or empty."""
    return ApiError("50014", f"Parameter {parameter} can not be empty.", status)


def wrong(parameter: str, status: int = 400) -> ApiError:
    """Return the error for a value that a parameter cannot have."""
    return ApiError("51000", f"Parameter {parameter} error", status)


def too_many_requests() -> ApiError:
    """Return the answer over a rate limit."""
    return ApiError("50011", "Too Many Requests", 429, gateway=True)


def not_found() -> Response:
    """Return the answer to a path that does not exist."""
    body = {
        "code": "404", "data": {}, "detailMsg": "", "error_code": "404",
        "error_message": "Not Found", "msg": "Not Found",
    }  # fmt: skip
    return Response(404, compact(body).encode(), JSON_HEADERS)
