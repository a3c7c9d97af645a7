"""Errors as KuCoin writes them: frames of type ``error``, and REST envelopes.

https://www.kucoin.com/docs-new/error-code/websocket
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_exchanges.core.http import Response, compact

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json"}


class StreamError(Exception):
    """A request on the stream that is answered with an error frame; the connection stays.

    ``code`` is KuCoin's, a number on the stream; ``id`` is the request's, as a string.
    """

    def __init__(self, code: int, data: str, id: str | None = None) -> None:
        super().__init__(data)
        self.code = code
        self.data = data
        self.id = id

    def text(self, id: str | None = None) -> str:
        """Return the frame; ``id`` stands in where the request had none."""
        return error_frame(self.code, self.data, self.id if self.id is not None else id)


def error_frame(code: int, data: str, id: str | None) -> str:
    """Return an error frame; without an id it has none."""
    frame: dict[str, Any] = {} if id is None else {"id": id}
    return compact({**frame, "type": "error", "code": code, "data": data})


class ApiError(Exception):
    """A REST request that is refused. Mistakes in a request come with HTTP 200."""

    def __init__(
        self, code: str, message: str, status: int = 200, more: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.more = more or {}

    def response(self) -> Response:
        """Return the answer; ``code`` is a string, and there is no ``data``."""
        body = {"msg": self.message, "code": self.code, **self.more}
        return Response(self.status, compact(body).encode(), JSON_HEADERS)


def bad_pair() -> ApiError:
    """Return the error for a pair that is not listed."""
    return ApiError("400100", "This pair is not provided at present")


def bad_type() -> ApiError:
    """Return the error for an interval that is not offered."""
    return ApiError("400100", "This type of Candlestick is currently not provided.")


def missing(name: str, status: int) -> ApiError:
    """Return the error for a parameter that is missing or malformed (a guessed text)."""
    return ApiError("400100", f"Parameter {name} is missing or malformed.", status)


def not_found() -> ApiError:
    """Return the error for a path that does not exist."""
    return ApiError("404", "Not Found", 404, {"retry": False, "success": False})


def wrong_method() -> ApiError:
    """Return the error for a path with another method (a guessed text)."""
    return ApiError("405", "Method Not Allowed", 405, {"retry": False, "success": False})


def unsigned() -> ApiError:
    """Return the error for a private path without a signature."""
    headers = "KC-API-KEY, KC-API-SIGN, KC-API-TIMESTAMP, KC-API-PASSPHRASE"
    return ApiError("400001", f"Please check the header of your request for {headers}", 400)


def too_many(message: str) -> ApiError:
    """Return the error over the budget."""
    return ApiError("429000", message, 429)


def success(data: str) -> bytes:
    """Return the envelope around ``data``, which is JSON already."""
    return f'{{"code":"200000","data":{data}}}'.encode()
