"""One WebSocket connection's transport: written to directly, ended in bounded time."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Literal

from mock_exchanges.core.actions import Action
from mock_exchanges.core.engine import Connection
from mock_exchanges.core.frames import close_frame

CLOSE_WAIT_S = 2.0
_LINGER_NONE = struct.pack("ii", 1, 0)


class Wire:
    """Where a connection's frames go.

    Until the handshake has been answered, `backlog` holds what the exchange wants
    sent; afterwards it is None.
    """

    __slots__ = ("_deadline", "_loop", "_transport", "backlog", "compressed", "connection")

    def __init__(
        self,
        connection: Connection,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        backlog: list[Action],
    ) -> None:
        self.connection = connection
        self.backlog: list[Action] | None = backlog
        self.compressed = False
        self._transport = transport
        self._loop = loop
        self._deadline: asyncio.TimerHandle | None = None

    def write(self, data: bytes) -> int:
        """Send whole frames; return how many bytes the client has not taken yet."""
        if self._transport.is_closing():
            return 0
        self._transport.write(data)
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """Send a close frame and wait a bounded time for the client's."""
        self.write(close_frame(code, reason))
        self._end_within(CLOSE_WAIT_S)

    def drop(self, how: Literal["eof", "reset"]) -> None:
        """End the connection without a close frame."""
        if how == "reset":
            self.reset()
        else:
            self.end()

    def end(self) -> None:
        """End the stream once what was written is sent, in bounded time."""
        if not self._transport.is_closing():
            self._transport.close()
        self._end_within(CLOSE_WAIT_S)

    def reset(self) -> None:
        """Reset the TCP connection."""
        end_transport(self._transport, "reset")

    def abort(self) -> None:
        """End the connection at once; what was not sent is lost."""
        self._transport.abort()

    def end_now(self) -> None:
        """End the connection without waiting for a client that does not read."""
        # a TLS transport that is closing has lost its buffer, and need not be asked
        if self._transport.is_closing() or self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()

    def finished(self) -> None:
        """The connection is gone: forget the deadline."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_within(self, seconds: float) -> None:
        if self._deadline is None:
            self._deadline = self._loop.call_later(seconds, self._transport.abort)


def end_transport(transport: asyncio.Transport, how: Literal["eof", "reset"]) -> None:
    """End a TCP connection, at its end of stream or by a reset."""
    if how == "eof":
        transport.close()
        return
    sock = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
    transport.abort()
