"""Errors as Coinbase writes them: frames on the stream, bodies over REST.

On the stream a frame names nothing but its text, and leaves the connection open. Over REST
the words are those of a gRPC gateway in Go.
"""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.core.http import Response, compact

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json"}
_TEXT_HEADERS: Mapping[str, str] = {"Content-Type": "text/plain"}


def frame(text: str) -> str:
    """Return the error frame of the stream."""
    return compact({"type": "error", "message": text})


class ApiError(Exception):
    """A REST request that is answered with an error object."""

    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.status = status

    def response(self) -> Response:
        """Return the answer."""
        body = {"error": self.error, "error_details": self.message, "message": self.message}
        return Response(self.status, compact(body).encode(), JSON_HEADERS)


def unparsed(field: str, why: str) -> ApiError:
    """Return the error for a parameter that the gateway cannot read."""
    return ApiError("unknown", f'parsing field "{field}": {why}')


def repeated(field: str, values: list[str]) -> ApiError:
    """Return the error for a parameter sent twice."""
    said = ", ".join(values)
    return ApiError("unknown", f'too many values for field "{field}": {said}')


def invalid(code: str, names: str) -> ApiError:
    """Return the error for an argument; the blank at the end is the exchange's."""
    return ApiError(code, f"{names} argument is invalid ")


def too_wide(most: int) -> ApiError:
    """Return the error for a range of more than ``most`` candles."""
    return ApiError(
        "INVALID_ARGUMENT",
        "start and end argument is invalid - number of candles requested should be less than "
        f"{most}",
    )


def unknown_product(text: str) -> ApiError:
    """Return the error for candles of a product that is not listed."""
    return ApiError("NOT_FOUND", text, 404)


def unsupported_product(product: str) -> ApiError:
    """Return the error for the page of a product that is not listed."""
    return ApiError("NOT_FOUND", f"Product {product} not supported", 404)


def missing_scope() -> ApiError:
    """Return the error for a key that may not do this."""
    return ApiError("PERMISSION_DENIED", "Missing required scopes", 403)


def unauthorized() -> Response:
    """Return the answer to a request without a good token: plain text."""
    return Response(401, b"Unauthorized", _TEXT_HEADERS)


def too_many(body: str) -> Response:
    """Return the answer over the limit of requests."""
    return Response(429, body.encode(), JSON_HEADERS)


def not_found() -> Response:
    """Return the answer on a path that does not exist."""
    return Response(404, b"404 page not found", _TEXT_HEADERS)
