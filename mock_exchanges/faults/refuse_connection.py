"""A WebSocket handshake is answered with an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.base import NoFault, Scope


class RefuseConnection(NoFault):
    """The client's WebSocket handshake fails with an HTTP status, ``times`` times.

    ``path`` is part of the path and query string; ``times`` None refuses for ever.
    """

    def __init__(
        self,
        status: int = 503,
        body: bytes | str = b"",
        *,
        headers: Mapping[str, str] | None = None,
        path: str = "",
        times: int | None = 1,
    ) -> None:
        if not 300 <= status <= 599:
            raise ValueError(f"status is {status}, expected a refusal: 300 to 599")
        self.scope = Scope(path=path, times=times)
        content = body.encode() if isinstance(body, str) else body
        self._response = Response(status, content, dict(headers or {}))

    def on_connect(self, request: Request, now_ms: int) -> Response | None:
        if not self.scope.fits_request(request):
            return None
        self.scope.strike()
        return self._response
