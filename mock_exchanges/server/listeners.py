"""The listening sockets of one mock exchange and the connections they accepted."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

Address = tuple[str, int]

STOP_WITHIN_S = 2.0
_TLS_SHUTDOWN_S = 1.0
_TLS_HANDSHAKE_S = 10.0
# Longer request lines than any exchange takes, so that refusing them is the exchange's.
_LONGEST_LINE = 1 << 16

_log = logging.getLogger("mock_exchanges")


class Listeners:
    """Plain and TLS listeners in front of one HTTP handler."""

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        host: str,
        admit: Callable[[asyncio.Transport], bool],
    ) -> None:
        """``admit`` is told of each connection as it is made, and tells whether it has ended it."""
        self.plain: Address | None = None
        self.tls: Address | None = None
        self._host = host
        self._loop = asyncio.get_running_loop()
        self._http = _Connections(
            handler,
            admit,
            access_log=None,
            logger=_log,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            lingering_time=0,
        )
        self._servers: list[asyncio.Server] = []

    async def open(self, port: int) -> None:
        """Listen for http and ws; 0 is any port. Raises OSError for a port in use."""
        self.plain = await self._open(port)

    async def open_tls(self, port: int, context: ssl.SSLContext) -> None:
        """Listen for https and wss; 0 is any port. Raises OSError for a port in use."""
        self.tls = await self._open(
            port,
            ssl=context,
            ssl_shutdown_timeout=_TLS_SHUTDOWN_S,
            ssl_handshake_timeout=_TLS_HANDSHAKE_S,
        )

    async def _open(self, port: int, **options: Any) -> Address:
        server = await self._loop.create_server(
            self._http, self._host, port, backlog=4096, **options
        )
        self._servers.append(server)
        address = server.sockets[0].getsockname()
        return address[0], address[1]

    def close(self) -> None:
        """Accept nobody any more."""
        for server in self._servers:
            server.close()

    async def closed(self) -> None:
        """Wait until every connection is gone; those that linger are aborted."""
        self._http.pre_shutdown()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._http.shutdown(STOP_WITHIN_S / 2)
                await self._http.all_gone()
        except TimeoutError:
            self._http.abort()
        for server in self._servers:
            # Also ends TLS handshakes under way, where Python can (3.13).
            getattr(server, "abort_clients", _nothing)()
        # One turn of the loop for the callbacks that close the sockets themselves.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class _Connections(web.Server):
    """aiohttp's server, with a way to know when the last connection is gone."""

    def __init__(
        self, handler: Any, admit: Callable[[asyncio.Transport], bool], **options: Any
    ) -> None:
        super().__init__(handler, **options)
        self._options = options
        self.admit = admit
        self._by_handler: dict[Any, asyncio.Transport] = {}
        self._gone: asyncio.Future[None] | None = None

    def __call__(self) -> web.RequestHandler:
        return _Handler(self, loop=asyncio.get_running_loop(), **self._options)

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._by_handler[handler] = transport

    def connection_lost(self, handler: Any, exc: BaseException | None = None) -> None:
        super().connection_lost(handler, exc)
        self._by_handler.pop(handler, None)
        if not self._by_handler and self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    async def all_gone(self) -> None:
        if self._by_handler:
            self._gone = asyncio.get_running_loop().create_future()
            await self._gone

    def abort(self) -> None:
        for transport in list(self._by_handler.values()):
            transport.abort()


class _Handler(web.RequestHandler):
    """Asks whether a connection is let in once it has all that its end takes apart."""

    __slots__ = ("_connections", "_deaf")

    def __init__(self, connections: _Connections, **options: Any) -> None:
        super().__init__(connections, **options)
        self._connections = connections
        self._deaf = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # its task is to begin before the connection can be lost
        super().connection_made(transport)
        # what the client has said already is not heard: the end of TLS brings it up
        refused, self._deaf = False, True
        try:
            refused = self._connections.admit(cast(asyncio.Transport, transport))
        finally:
            self._deaf = refused
        if refused:
            self.force_close()

    def data_received(self, data: bytes) -> None:
        """Take in what the client says, if it is let in."""
        if not self._deaf:
            super().data_received(data)


def url(scheme: str, address: Address | None) -> str:
    """Return ``SCHEME://HOST:PORT``. Raises RuntimeError if there is no such listener."""
    if address is None:
        raise RuntimeError(f"no {scheme} listener: it was not asked for")
    host, port = address
    # An address that means every interface is none that a client can dial.
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _nothing() -> None:
    return None
