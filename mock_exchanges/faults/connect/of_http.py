"""What faults share that are about REST requests, WebSocket handshakes, or both."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.http import Request
from mock_exchanges.faults.base import Fault


class OfHttp(Fault):
    """Strikes REST requests and WebSocket handshakes, or one of them."""

    of: Literal["any", "rest", "handshake"] = Field(
        default="any", description="REST requests, WebSocket handshakes, or both"
    )

    def aims_at_request(self, request: Request) -> bool:
        return self.of != "handshake"

    def aims_at_handshake(self, request: Request) -> bool:
        return self.of != "rest"
