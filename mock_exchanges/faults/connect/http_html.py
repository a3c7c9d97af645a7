"""A page for people where a program expects JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Literal

from pydantic import Field

from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.connect.of_http import OfHttp
from mock_exchanges.faults.table import register

_HEADERS = {
    "Content-Type": "text/html; charset=UTF-8",
    "Server": "cloudflare",
    "Cache-Control": "private, no-store",
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>The server behind this network did not take the request. Try again in a few minutes.</p>
</body>
</html>
"""


class HttpHtml(OfHttp):
    """Requests and WebSocket handshakes are answered with an HTML page of a CDN."""

    fault: Literal["http-html"] = "http-html"
    status: int = Field(
        default=502, ge=200, le=599, description="the HTTP status; 403, 502 and 503 are usual"
    )

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._page()

    def spoil_handshake(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._page()

    def _page(self) -> Response:
        try:
            title = f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            # CDNs have numbers of their own, such as 520.
            title = f"Error {self.status}"
        return Response(self.status, _PAGE.format(title=title).encode(), _HEADERS)


register(HttpHtml)
