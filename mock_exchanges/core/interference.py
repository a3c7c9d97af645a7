"""What comes between an exchange and its clients on command: the hooks a fault can take.

The engine passes everything by these, in the order in which the faults were added.
What is left as it is here lets everything pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mock_exchanges.core.actions import Action, Drop, Event
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.hub import Stream

if TYPE_CHECKING:
    from mock_exchanges.core.engine import Connection

# what is sent to whom, in order
Batch = list[tuple["Connection", list[Action]]]

BadTls = Literal["alert", "untrusted"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stream's message on its way to one subscriber, before its connection wraps it."""

    connection: Connection
    topic: str
    stream: Stream
    message: str


class Interference:
    """Nothing goes wrong. Faults override what they spoil; all times are epoch milliseconds."""

    # by how much the exchange's clock is ahead of the true one
    skew_ms: int = 0

    def on_arrival(self, now_ms: int) -> Drop | None:
        """A client opened a TCP connection: return how it ends at once, or None."""
        return None

    def on_tls(self, now_ms: int) -> BadTls | None:
        """A client begins a TLS handshake: return how it fails, or None."""
        return None

    def on_request(self, request: Request, now_ms: int) -> Response | Drop | None:
        """Return an answer in place of the exchange's, or None to let it answer."""
        return None

    def on_response(self, request: Request, response: Response, now_ms: int) -> Response:
        """Return what is answered in place of ``response``."""
        return response

    def on_connect(
        self, request: Request, number: int, now_ms: int
    ) -> Response | Drop | Request | None:
        """Return a refusal of the handshake that would be connection ``number``, or None.

        A request is what the exchange hears in place of the client's.
        """
        return None

    def on_opened(self, connection: Connection, now_ms: int) -> None:
        """A handshake is through; the connection's first actions follow."""

    def on_event(self, connection: Connection, event: Event, now_ms: int) -> Event | None:
        """Return what the exchange hears in place of ``event``; None is nothing."""
        return event

    def on_delivery(self, delivery: Delivery, now_ms: int) -> Sequence[str]:
        """Return the messages that the connection gets in place of the stream's one."""
        return (delivery.message,)

    def on_actions(
        self, connection: Connection, actions: list[Action], now_ms: int
    ) -> list[Action]:
        """Return what is really sent in place of ``actions``."""
        return actions

    def on_lost(self, connection: Connection, now_ms: int) -> None:
        """A connection is gone, whoever ended it."""

    def due(self) -> int | None:
        """Return when `tick` wants to be called next."""
        return None

    def tick(self, now_ms: int) -> Batch:
        """Return what is sent now that the time has come."""
        return []

    def began(self, connections: Iterable[Connection], now_ms: int) -> None:
        """It is in force from now on; these connections are open."""

    def removed(self, now_ms: int) -> Batch:
        """It is over: return what it held back and must still be sent."""
        return []
