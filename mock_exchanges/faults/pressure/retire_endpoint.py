"""An address that was good once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class RetireEndpoint(Fault):
    """A path is no longer served: it is silent, gone (HTTP 404 or 410), or does not answer.

    ``path`` says which one; without it all are meant.
    """

    fault: Literal["retire-endpoint"] = "retire-endpoint"
    how: Literal["silent", "gone", "refuse"] = Field(
        default="silent",
        description="silent: connections and subscriptions succeed, and no data comes; "
        "gone: requests and handshakes get an HTTP status; "
        "refuse: TCP is reset in place of an answer",
    )
    status: Literal[404, 410] = Field(default=404, description="the HTTP status of gone")

    def aims_at_request(self, request: Request) -> bool:
        return self.how != "silent"

    def aims_at_handshake(self, request: Request) -> bool:
        return self.how != "silent"

    def aims_at(self, action: Action) -> bool:
        return self.how == "silent" and super().aims_at(action)

    def spoil_request(
        self, work: ActiveFault, request: Request, now_ms: int
    ) -> Response | Drop | None:
        return self._refusal()

    def spoil_handshake(
        self, work: ActiveFault, request: Request, now_ms: int
    ) -> Response | Drop | None:
        return self._refusal()

    def spoil_action(
        self, work: ActiveFault, connection: Connection, action: Action, now_ms: int
    ) -> list[Action]:
        return []

    def _refusal(self) -> Response | Drop:
        return Response(self.status) if self.how == "gone" else Drop("reset")


register(RetireEndpoint)
