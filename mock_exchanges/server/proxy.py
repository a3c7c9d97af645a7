"""An HTTP CONNECT proxy that leads production host names to mock exchanges, and nowhere else.

Clients that take their proxy from the environment keep their production addresses.
"""

from __future__ import annotations

import asyncio
import difflib
import logging
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self, cast

from mock_exchanges.server.listeners import Address, url
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.wire import end_transport

STOP_WITHIN_S = 2.0
_HEAD_WITHIN_S = 10.0
_LINGER_S = 2.0
_LONGEST_HEAD = 1 << 16
_LONGEST_SHOWN = 200
_HTTPS_PORT = 443
_OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"

_log = logging.getLogger("mock_exchanges")


class Refused(Exception):
    """A request that the proxy does not serve: an HTTP status, and why in a line."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Proxy:
    """Leads TLS connections to production hosts of the mocks to their TLS listeners.

    An async context manager. Hosts and ports are those that each exchange's samples name.
    Any other host is refused with 403, so that a client of the proxy can reach nothing but
    mocks; so is plain HTTP, which the exchanges do not speak. It listens on loopback only.
    """

    def __init__(self, mocks: Mapping[str, MockExchange], *, port: int = 0) -> None:
        """``port`` 0 is any free one; the mocks need not be started yet.

        Raises ValueError for a mock that knows no hosts, and for a host that two of them serve.
        """
        self._port = port
        self._mocks = dict(mocks)
        self._ports: dict[str, frozenset[int]] = {}
        self._names: dict[str, str] = {}
        for name, mock in mocks.items():
            for host, ports in _hosts(name, mock).items():
                other = self._names.setdefault(host, name)
                if other != name:
                    raise ValueError(
                        f"host is {host!r}, which both {other} and {name} serve; "
                        "expected exchanges with hosts of their own"
                    )
                self._ports[host] = ports
        self._server: asyncio.Server | None = None
        self._address: Address | None = None
        self.ends: set[_End] = set()
        self._gone: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Listen. Raises OSError for a port in use, RuntimeError if it runs already."""
        if self._server is not None:
            raise RuntimeError("the proxy runs already")
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Client(self), "127.0.0.1", self._port)
        host, port = self._server.sockets[0].getsockname()[:2]
        self._address = host, port

    async def stop(self) -> None:
        """Stop listening; connections that have not ended within 2 s are cut."""
        server, self._server, self._address = self._server, None, None
        if server is None:
            return
        server.close()
        if self.ends:
            self._gone = asyncio.get_running_loop().create_future()
            for end in tuple(self.ends):
                end.leave()
            await asyncio.wait([self._gone], timeout=STOP_WITHIN_S)
            self._gone = None
            for end in tuple(self.ends):
                end.abort()
        # One turn of the loop for the callbacks that close the sockets themselves.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``. Raises RuntimeError unless it runs."""
        if self._address is None:
            raise RuntimeError("the proxy is not started")
        return url("http", self._address)

    @property
    def served(self) -> str:
        """The hosts that are served, in a line: ``NAME: HOST, HOST; NAME: HOST``."""
        return "; ".join(
            f"{name}: {', '.join(host for host, of in self._names.items() if of == name)}"
            for name in self._mocks
        )

    def destination(self, method: str, target: str) -> Address:
        """Return the TLS listener that a request to the proxy leads to. Raises Refused."""
        if method != "CONNECT":
            raise Refused(*self._plain(target))
        host, _, port = target.rpartition(":")
        host = host.lower().rstrip(".")
        if not host or not port.isdecimal():
            raise Refused(400, f"CONNECT {_shown(target)}: expected HOST:PORT")
        name = self._names.get(host)
        if name is None:
            # Hosts of different exchanges are alike: only what is nearly right was meant.
            near = difflib.get_close_matches(host, self._names, n=1, cutoff=0.85)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise Refused(403, f"host {_shown(host)!r} is not served{hint}")
        if int(port) not in self._ports[host]:
            ports = ", ".join(map(str, sorted(self._ports[host])))
            raise Refused(403, f"{host} has no port {int(port)}, expected {ports} (TLS)")
        try:
            address = self._mocks[name].tls_address
        except RuntimeError:
            raise Refused(502, f"{name}, which serves {host}, does not run") from None
        if address is None:
            raise Refused(502, f"{name}, which serves {host}, has no TLS listener")
        # An address that means every interface is none to dial.
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0]), address[1]

    def came(self, end: _End) -> None:
        """One end of a connection is there."""
        self.ends.add(end)

    def went(self, end: _End) -> None:
        """One end of a connection is gone."""
        self.ends.discard(end)
        if not self.ends and self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def _plain(self, target: str) -> tuple[int, str]:
        if "://" not in target:
            return 400, "this is a proxy; set HTTPS_PROXY to its address"
        return 403, f"{_shown(target)} is not over TLS; expected https:// or wss://"


class _End(asyncio.Protocol):
    """One end of a tunnel: passes on to its peer all that it hears, and how it ends."""

    def __init__(self, proxy: Proxy) -> None:
        self.peer: _End | None = None
        self.transport: asyncio.Transport | None = None
        self._proxy = proxy

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._proxy.came(self)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.write(data)

    def eof_received(self) -> bool:
        """Pass an end of the stream on; the other direction goes on."""
        if self.peer is None:
            return False
        self.peer.write_eof()
        return True

    def pause_writing(self) -> None:
        """Who does not read is to fill no memory here, but be felt by who sends."""
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._proxy.went(self)
        peer, self.peer, self.transport = self.peer, None, None
        if peer is not None and peer.transport is not None:
            peer.peer = None
            end_transport(peer.transport, "eof" if exc is None else "reset")

    def write(self, data: bytes) -> None:
        """Send, unless it is over."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def write_eof(self) -> None:
        """End this direction, unless it is over."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write_eof()

    def leave(self) -> None:
        """The proxy stops: let go once what was said is passed on."""
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Cut the connection now."""
        if self.transport is not None:
            self.transport.abort()


class _Client(_End):
    """The end that asks for a tunnel."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(proxy)
        self._head: bytearray | None = bytearray()
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self._dialing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._deadline = self._loop.call_later(_HEAD_WITHIN_S, self.abort)

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            # Without a peer it was refused, and what it goes on to say does not matter.
            super().data_received(data)
            return
        self._head += data
        if (end := self._head.find(b"\r\n\r\n")) >= 0:
            head, rest = bytes(self._head[:end]), bytes(self._head[end + 4 :])
            self._head = None
            self._asked(head, rest)
        elif len(self._head) > _LONGEST_HEAD:
            self._head = None
            self._refuse(Refused(431, "the request's head is too long"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        if self._dialing is not None:
            self._dialing.cancel()
        super().connection_lost(exc)

    def _asked(self, head: bytes, rest: bytes) -> None:
        self._rest()
        words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        try:
            if len(words) != 3 or not words[2].startswith("HTTP/1."):
                raise Refused(400, "expected a request of HTTP/1.1: CONNECT HOST:PORT")
            address = self._proxy.destination(words[0], words[1])
        except Refused as refused:
            self._refuse(refused)
            return
        assert self.transport is not None
        self.transport.pause_reading()
        self._dialing = self._loop.create_task(self._dial(address, rest))

    async def _dial(self, address: Address, rest: bytes) -> None:
        try:
            _, end = await self._loop.create_connection(lambda: _End(self._proxy), *address)
        except OSError as error:
            self._refuse(Refused(502, f"the mock exchange does not answer: {error.strerror}"))
            return
        finally:
            self._dialing = None
        if self.transport is None or self.transport.is_closing():
            end.abort()
            return
        self.write(_OPENED)
        if end.transport is None:
            # It was let go of as soon as it was there.
            self.leave()
            return
        self.peer, end.peer = end, self
        end.write(rest)
        self.transport.resume_reading()

    def _refuse(self, refused: Refused) -> None:
        """Answer; what else arrives is read for a while, so that no reset eats the answer."""
        _log.warning("proxy: %s", refused)
        body = f"{refused}\nserved: {self._proxy.served}\n".encode()
        # Many clients show nobody more than the status line.
        self.write(
            f"HTTP/1.1 {refused.status} {refused}\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        self.write_eof()
        if self.transport is not None:
            self.transport.resume_reading()
        self._deadline = self._loop.call_later(_LINGER_S, self.abort)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def environment(proxy: str, ca: str) -> dict[str, str]:
    """Return the environment that leads a program's clients through a proxy.

    ``proxy`` is its address, ``ca`` the file of the CA of the mocks. Names in small letters
    are there because they win, where a machine has such; NO_PROXY, because one that names
    exchanges would let a client past; those without TLS, so that such requests are refused
    and do not reach production.
    """
    said = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "WSS_PROXY", "WS_PROXY"), proxy)
    said["NO_PROXY"] = "localhost,127.0.0.1"
    trust = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE",
             "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")  # fmt: skip
    return {
        **said,
        **{name.lower(): value for name, value in said.items()},
        **dict.fromkeys(trust, ca),
        "NODE_USE_ENV_PROXY": "1",
    }


def _hosts(name: str, mock: MockExchange) -> dict[str, frozenset[int]]:
    """Return the production hosts of a mock and their TLS ports. Raises ValueError."""
    samples = getattr(mock.exchange, "samples", None)
    if samples is None:
        raise ValueError(f"{name} says no production hosts; expected an exchange with samples")
    rest: Iterable[str] = samples.rest_hosts
    found = {host: {_HTTPS_PORT} for host in rest}
    for host, ports in samples.ws_hosts.items():
        found.setdefault(host, set()).update(ports)
    return {host.lower(): frozenset(ports) for host, ports in found.items()}


def _shown(text: str) -> str:
    """Return a client's text as it can stand in a status line."""
    printable = "".join(each if " " <= each <= "~" else "?" for each in text)
    return printable if len(printable) <= _LONGEST_SHOWN else f"{printable[:_LONGEST_SHOWN]}..."
