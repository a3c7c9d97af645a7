"""Why a connection was not made."""

from __future__ import annotations

import errno
import socket

__all__ = ["BlockingCall", "HostRefused"]


class HostRefused(socket.gaierror):
    """The program asked for a host that is neither mocked nor on this machine."""

    def __init__(self, host: str) -> None:
        """``host`` is the name or address that was asked for."""
        super().__init__(
            socket.EAI_NONAME,
            f"{host} is refused: only the mock exchanges' hosts are reachable here",
        )
        self.host = host


class BlockingCall(OSError):
    """The program connects with a blocking socket in the event loop's thread."""

    def __init__(self, host: str) -> None:
        """``host`` is what it connects to."""
        super().__init__(
            errno.EDEADLK,
            f"a blocking connection to {host} was opened inside async code: the call stops the "
            "event loop until it returns; use an async client, or asyncio.to_thread",
        )
        self.host = host
