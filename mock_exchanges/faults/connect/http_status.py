"""A request or a handshake is answered by something else than the exchange."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.connect.of_http import OfHttp
from mock_exchanges.faults.table import register


class HttpStatus(OfHttp):
    """Requests and WebSocket handshakes are answered with this HTTP status and body."""

    fault: Literal["http-status"] = "http-status"
    status: int = Field(default=503, ge=200, le=599, description="the HTTP status")
    body: str = Field(default="", description="the body of the answer")
    headers: Mapping[str, str] = Field(default_factory=dict, description="headers of the answer")
    cut_after: int | None = Field(
        default=None, ge=0, description="the connection ends after so many bytes of the body"
    )

    @classmethod
    def answering(cls, response: Response, **scope: Any) -> Self:
        """Return the fault that answers with ``response``, within a scope."""
        return cls(
            status=response.status,
            body=response.body.decode(),
            headers=response.headers,
            cut_after=response.cut_after,
            **scope,
        )

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._answer()

    def spoil_handshake(self, work: ActiveFault, request: Request, now_ms: int) -> Response:
        return self._answer()

    def _answer(self) -> Response:
        return Response(self.status, self.body.encode(), dict(self.headers), self.cut_after)


register(HttpStatus)
