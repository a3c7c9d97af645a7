"""An event loop that knows what is under way: every byte between its sockets is counted."""

from __future__ import annotations

import asyncio
import ipaddress
import selectors
import socket
from typing import Any

from conformance.clock import seam
from conformance.clock.account import Account

__all__ = ["CountedLoop"]


class CountedLoop(asyncio.SelectorEventLoop):
    """A selector loop whose transports and ``sock_`` methods keep an `Account`."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        """Keep the account of the sockets that ``selector`` watches."""
        self._account = Account(selector.get_map)
        super().__init__(selector)

    # -- addresses

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Look a name up, without an executor where nothing can block."""
        if _is_numeric(host) or seam.resolves_at_once(host):
            return socket.getaddrinfo(host, port, family, type, proto, flags)
        return await super().getaddrinfo(
            host, port, family=family, type=type, proto=proto, flags=flags
        )

    # -- transports

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **kwargs: Any) -> Any:
        return super()._make_socket_transport(  # type: ignore[misc]  # private to asyncio
            self._counted(sock, kwargs), *args, **kwargs
        )

    def _make_ssl_transport(self, rawsock: socket.socket, *args: Any, **kwargs: Any) -> Any:
        # The TLS protocol sits on a socket transport made without `_make_socket_transport`.
        return super()._make_ssl_transport(  # type: ignore[misc]  # private to asyncio
            self._counted(rawsock, kwargs), *args, **kwargs
        )

    def _counted(self, sock: socket.socket, kwargs: dict[str, Any]) -> socket.socket:
        if sock.family not in (socket.AF_INET, socket.AF_INET6):
            return sock  # AF_UNIX bytes arrive within send
        peer = (kwargs.get("extra") or {}).get("peername")
        if peer is None:
            try:
                peer = sock.getpeername()
            except OSError:  # reset already; the transport will find out
                return sock
        return self._account.adopt(sock, peer)

    def _start_serving(self, protocol_factory: Any, sock: socket.socket, *args: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            self._account.listen(sock)
        super()._start_serving(protocol_factory, sock, *args)  # type: ignore[misc]  # private

    def _stop_serving(self, sock: socket.socket) -> None:
        self._account.unlisten(sock)
        super()._stop_serving(sock)  # type: ignore[misc]  # private to asyncio

    def _add_writer(self, fd: int, callback: Any, *args: Any) -> Any:
        self._account.writers.add(fd)
        return super()._add_writer(fd, callback, *args)  # type: ignore[misc]  # private

    def _remove_writer(self, fd: int) -> Any:
        self._account.writers.discard(fd)
        return super()._remove_writer(fd)  # type: ignore[misc]  # private to asyncio

    async def _sendfile_native(self, *args: Any) -> Any:
        # The kernel would move bytes past the account; asyncio falls back to writing.
        raise asyncio.SendfileNotAvailableError("not on a virtual clock")

    async def _sock_sendfile_native(self, *args: Any) -> Any:
        raise asyncio.SendfileNotAvailableError("not on a virtual clock")

    # -- sockets used directly

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect; the clock stands still until an own listener has accepted."""
        listener = None
        if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
            listener = self._account.listener_at(seam.translate(address))
        if listener is None:
            return await super().sock_connect(sock, address)
        self._account.connecting += 1
        try:
            await super().sock_connect(sock, address)
            self._account.connected(sock, listener)
        finally:
            self._account.connecting -= 1
        return None

    async def sock_accept(self, sock: socket.socket) -> tuple[socket.socket, Any]:
        """Accept a connection and count it."""
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            self._account.listen(sock)
        accepted, peer = await super().sock_accept(sock)
        self._account.loose(accepted)
        return accepted, peer

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        """Receive and count."""
        end = self._account.loose(sock)
        data = await super().sock_recv(sock, nbytes)
        if end is not None and nbytes:
            end.read(len(data) or 1)
        return data

    async def sock_recv_into(self, sock: socket.socket, buf: Any) -> int:
        """Receive and count."""
        end = self._account.loose(sock)
        count = await super().sock_recv_into(sock, buf)
        if end is not None:
            end.read(count or 1)
        return count

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        """Send and count. All of it counts at once: asyncio does not tell of parts."""
        end = self._account.loose(sock)
        if end is None:
            return await super().sock_sendall(sock, data)
        end.wrote(memoryview(data).nbytes)
        try:
            await super().sock_sendall(sock, data)
        except BaseException:
            end.stop_counting(end.sent)  # nobody knows how much went out
            raise
        return None


def _is_numeric(host: str | bytes | None) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None:
        return False
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
