"""Errors of the demo exchange: one table of codes, as frames and as REST answers.

A frame is ``{"type":"error","code":…,"message":…}`` with the request's id, if it had one; a
REST answer ``{"code":…,"message":…,"data":[]}``, with HTTP 200 where the request could be
read and only names something that there is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_exchanges.core.http import Response

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json"}
NO_ID = object()


def dumps(value: Any) -> str:
    """Return JSON in ASCII: what is echoed may hold what UTF-8 cannot."""
    return json.dumps(value, separators=(",", ":"))


class DemoError(Exception):
    """A refusal; ``status`` is the HTTP status where it is an answer over HTTP."""

    def __init__(
        self,
        code: int,
        message: str,
        status: int = 400,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers or {}

    def frame(self, identity: Any = NO_ID) -> str:
        """Return the error as a message on the stream."""
        frame: dict[str, Any] = {"type": "error", "code": self.code, "message": self.message}
        if identity is not NO_ID:
            frame["id"] = identity
        return dumps(frame)

    def response(self) -> Response:
        """Return the error as an answer to a REST request or a handshake."""
        body = dumps({"code": self.code, "message": self.message, "data": []}).encode()
        return Response(self.status, body, {**JSON_HEADERS, **self.headers})


def malformed(what: str) -> DemoError:
    """Return the error for a request that cannot be read."""
    return DemoError(40001, f"malformed request: {what}")


def unknown_operation(name: str) -> DemoError:
    """Return the error for an operation that is none."""
    return DemoError(40002, f"unknown operation: {name}")


def unknown_channel(name: str) -> DemoError:
    """Return the error for a channel that is no candle channel."""
    return DemoError(40003, f"unknown channel: {name}")


def unknown_pair(name: str) -> DemoError:
    """Return the error for a pair that is not listed; by REST it comes with HTTP 200."""
    return DemoError(40004, f"unknown pair: {name}", 200)


def unknown_interval(name: str) -> DemoError:
    """Return the error for an interval that there is not; by REST it comes with HTTP 200."""
    return DemoError(40005, f"unknown interval: {name}", 200)


def not_streamed(name: str) -> DemoError:
    """Return the error for an interval that REST alone has."""
    return DemoError(40006, f"interval is not streamed: {name}")


def too_many_channels(limit: int) -> DemoError:
    """Return the error for one channel more than a connection may have."""
    return DemoError(40007, f"too many channels on one connection; the limit is {limit}")


def not_subscribed(channel: str) -> DemoError:
    """Return the error for leaving a channel that was not subscribed."""
    return DemoError(40008, f"not subscribed: {channel}")


def out_of_range(parameter: str, expected: str) -> DemoError:
    """Return the error for a number that makes no sense."""
    return DemoError(40009, f"{parameter} is out of range: {expected}")


def login_required() -> DemoError:
    """Return the error for a request before the login."""
    return DemoError(40101, "log in first", 401)


def login_failed(why: str) -> DemoError:
    """Return the error for a wrong login; another may be tried."""
    return DemoError(40102, f"login failed: {why}", 401)


def bad_token(why: str) -> DemoError:
    """Return the refusal of a handshake without a good token."""
    return DemoError(40103, f"token {why}", 401)


def no_such_path(path: str) -> DemoError:
    """Return the error for a path that is not served."""
    return DemoError(40401, f"no such path: {path}", 404)


def wrong_method(allowed: str) -> DemoError:
    """Return the error for a path asked for with another method."""
    return DemoError(40501, f"method is not allowed, expected {allowed}", 405,
                     headers={"Allow": allowed})  # fmt: skip


def too_many(what: str, retry_after: int = 1) -> DemoError:
    """Return the error over a limit; it ends a connection. ``retry_after`` is seconds."""
    headers = {"Retry-After": str(retry_after)}
    return DemoError(42901, f"too many {what}", 429, headers=headers)
