"""A REST request is answered by something else than the exchange."""

from __future__ import annotations

from collections.abc import Mapping

from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.base import NoFault, Scope


class HttpAnswer(NoFault):
    """The client gets this HTTP status and body in place of the exchange's answer.

    ``path`` is part of the path and query string; ``times`` how many requests are
    hit, None for all. ``cut_after`` ends the connection after so many body bytes,
    though the whole length was announced.
    """

    def __init__(
        self,
        status: int,
        body: bytes | str = b"",
        *,
        headers: Mapping[str, str] | None = None,
        path: str = "",
        times: int | None = None,
        cut_after: int | None = None,
    ) -> None:
        self.scope = Scope(path=path, times=times)
        content = body.encode() if isinstance(body, str) else body
        self._response = Response(status, content, dict(headers or {}), cut_after)

    def on_request(self, request: Request, now_ms: int) -> Response | None:
        if not self.scope.fits_request(request):
            return None
        self.scope.strike()
        return self._response
