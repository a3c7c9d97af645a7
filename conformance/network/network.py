"""Production host names lead to the mock exchanges; every other host is refused.

A program resolves a name and connects to an address, whatever client it uses. So
both steps are taken over in the `socket` module: each routed name answers with a
private loopback address of its own, and a connect to that address goes to the mock.
Port 80 leads to the plain listener, every other port to TLS. What is neither routed
nor loopback fails at once, by name.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.util
import ipaddress
import os
import socket
import sys
import threading
import urllib.request
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conformance.clock import VirtualLoop, seam
from conformance.clock.loop import current_job
from conformance.clock.wall import current
from conformance.network.errors import BlockingCall, HostRefused

__all__ = ["Network", "bypasses"]

Address = tuple[str, int]

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_LOCAL_NAMES = ("", "localhost", "ip6-localhost", "ip6-loopback", "<broadcast>")


class Network:
    """The hosts a program can reach, and a record of what it tried.

    ``refused`` lists the hosts that were asked for and refused, ``contacts`` the
    (host, port) pairs really connected to, ``blocking`` the hosts that async code
    tried to reach with blocking sockets, ``outside`` the (thread, host) pairs of threads that
    connected by themselves during a virtual run; each in order, with repetitions.
    """

    def __init__(self) -> None:
        """No host is reachable until `route` says so."""
        self.refused: list[str] = []
        self.contacts: list[Address] = []
        self.blocking: list[str] = []
        self.outside: list[tuple[str, str]] = []
        self._lost: set[str] = set()
        self._private: dict[str, str] = {}
        self._routes: dict[str, tuple[str, Address, Address | None]] = {}

    def route(self, hosts: Iterable[str], plain: Address, tls: Address | None) -> None:
        """Let these production host names lead to a mock.

        ``plain`` is where port 80 leads and ``tls`` where every other port does; both
        are numeric loopback (host, port). Without ``tls`` only port 80 answers. A host
        routed again leads to the new place.
        """
        for name in hosts:
            host = _name(name)
            if host not in self._private:
                number = len(self._private) + 1
                self._private[host] = f"127.77.{number // 250}.{number % 250 + 1}"
            self._routes[self._private[host]] = host, plain, tls

    def lose(self, hosts: Iterable[str]) -> None:
        """Let the look-up of these routed hosts fail from now on, as when DNS does not answer.

        What is connected stays so.
        """
        self._lost.update(map(_name, hosts))

    def find_again(self) -> None:
        """Let every look-up succeed again."""
        self._lost.clear()

    @contextlib.contextmanager
    def active(self) -> Iterator[Network]:
        """Take the process's `socket` module over; put everything back at the end.

        Proxies of the environment are out of force meanwhile, as they would divert
        clients, and aiohttp resolves names through `socket`. Networks nest: what the
        inner one lets pass is put to the outer one.
        """
        with contextlib.ExitStack() as undo:
            self._patch(undo)
            _without_proxies(undo)
            _without_c_resolver(undo)
            seam.books.append(self)
            undo.callback(seam.books.remove, self)
            yield self

    # -- answers

    def translate(self, address: Any) -> Any:
        """Return the address that a connect to ``address`` really goes to.

        Addresses that are not a routed host's are returned as they are.
        """
        if not _is_pair(address):
            return address
        host = _name(address[0])
        route = self._routes.get(self._private.get(host, host))
        if route is None:
            return address
        _, plain, tls = route
        return plain if address[1] == 80 else tls or address

    def _host_of(self, address: Any) -> str | None:
        """The routed host behind an address; the mocks' own addresses count too."""
        host = _name(address[0])
        route = self._routes.get(self._private.get(host, host))
        if route is not None:
            return route[0]
        if address[:2] in [place for _, *places in self._routes.values() for place in places]:
            return f"{address[0]}:{address[1]}"
        return None

    def _refuse(self, host: str) -> HostRefused:
        self.refused.append(host)
        return HostRefused(host)

    def _admit(self, sock: socket.socket, address: Any) -> Any:
        """Check a connect and return where it goes."""
        if sock.family not in _INTERNET or not _is_pair(address):
            return address
        name = _name(address[0])
        host = self._host_of(address)
        if host is None and not _is_local(name):
            raise self._refuse(name)
        if host is not None:
            blocks = sock.gettimeout() != 0 and sock.type == socket.SOCK_STREAM
            # The mocks are served on the virtual loop; a loop of the program's own, in
            # another thread, may block as it likes.
            if blocks and isinstance(asyncio._get_running_loop(), VirtualLoop):
                self.blocking.append(host)
                raise BlockingCall(host)
            if current() is not None and not current_job() and not _on_virtual_loop():
                self.outside.append((threading.current_thread().name, host))
            if name in self._private or name in self._routes:
                self.contacts.append((host, address[1]))
        target = self.translate(address)
        if target is address and (name in self._private or name in self._routes):
            raise ConnectionRefusedError(f"the mock of {host} has no TLS listener")
        return target

    def _numeric(self, host: Any) -> Any:
        """What to look up in place of ``host``: a routed name's private address."""
        if host is None:
            return host
        name = _name(host)
        if name in self._lost:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if name in self._private:
            return self._private[name]
        if _is_local(name) or _is_numeric(name):
            return host
        raise self._refuse(name)

    # -- the socket module

    def _patch(self, undo: contextlib.ExitStack) -> None:
        lookup = socket.getaddrinfo
        connect: Callable[..., Any] = socket.socket.connect
        connect_ex: Callable[..., int] = socket.socket.connect_ex
        sendto: Callable[..., int] = socket.socket.sendto

        def getaddrinfo(
            host: Any,
            port: Any,
            family: int = 0,
            type: int = 0,
            proto: int = 0,
            flags: int = 0,
        ) -> list[Any]:
            numeric = self._numeric(host)
            if numeric is not host and family == socket.AF_INET6:
                raise socket.gaierror(socket.EAI_NONAME, f"{_name(host)} has no IPv6 address")
            found = lookup(numeric, port, family, type, proto, flags)
            if numeric is host or not flags & socket.AI_CANONNAME:
                return found
            return [(*entry[:3], _name(host), entry[4]) for entry in found]

        def gethostbyname(host: Any) -> str:
            found: str = getaddrinfo(host, None, socket.AF_INET)[0][4][0]
            return found

        def gethostbyname_ex(host: Any) -> tuple[str, list[str], list[str]]:
            return _name(host), [], [gethostbyname(host)]

        def gethostbyaddr(host: Any) -> tuple[str, list[str], list[str]]:
            name = _name(host)
            if name in self._routes:
                return self._routes[name][0], [], [name]
            if _is_local(name):
                return "localhost", [], [name]
            raise self._refuse(name)

        def patched_connect(sock: socket.socket, address: Any) -> Any:
            return connect(sock, self._admit(sock, address))

        def patched_connect_ex(sock: socket.socket, address: Any) -> int:
            return connect_ex(sock, self._admit(sock, address))

        def patched_sendto(sock: socket.socket, data: Any, *rest: Any) -> int:
            return sendto(sock, data, *rest[:-1], self._admit(sock, rest[-1]))

        for owner, name, new in (
            (socket, "getaddrinfo", getaddrinfo),
            (socket, "gethostbyname", gethostbyname),
            (socket, "gethostbyname_ex", gethostbyname_ex),
            (socket, "gethostbyaddr", gethostbyaddr),
            (socket.socket, "connect", patched_connect),
            (socket.socket, "connect_ex", patched_connect_ex),
            (socket.socket, "sendto", patched_sendto),
        ):
            _replace(undo, owner, name, new)


def bypasses() -> list[str]:
    """Tell what in this process resolves or connects without the `socket` module.

    One sentence each, for people; empty when nothing was found.
    """
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        policy = type(asyncio.get_event_loop_policy()).__module__
    loop = type(asyncio._get_running_loop()).__module__
    if "uvloop" in (policy.partition(".")[0], loop.partition(".")[0]):
        found.append(
            "uvloop is in force: it resolves and connects by itself, so production hosts do not "
            "lead to the mocks; run without it"
        )
    resolver = getattr(sys.modules.get("aiohttp.connector"), "DefaultResolver", None)
    if getattr(resolver, "__name__", "") == "AsyncResolver":
        found.append(
            "aiodns is installed: aiohttp resolves through it, past the mocks, unless a Network "
            "is active; sessions made before keep it"
        )
    return found


# -- helpers


def _on_virtual_loop() -> bool:
    return isinstance(asyncio._get_running_loop(), VirtualLoop)


def _name(host: Any) -> str:
    """A host as people write it: a lower-case string without the root's dot."""
    text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else str(host)
    return text.lower().rstrip(".")


def _is_pair(address: Any) -> bool:
    return isinstance(address, tuple) and len(address) >= 2


def _is_numeric(name: str) -> bool:
    try:
        ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_local(name: str) -> bool:
    if name in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    # The unspecified address leads to this machine as well.
    return address.is_loopback or address.is_unspecified


def _replace(undo: contextlib.ExitStack, owner: Any, name: str, new: Any) -> None:
    # A method inherited from C is put back by removing ours.
    if name in vars(owner):
        undo.callback(setattr, owner, name, vars(owner)[name])
    else:
        undo.callback(delattr, owner, name)
    setattr(owner, name, new)


def _without_proxies(undo: contextlib.ExitStack) -> None:
    undo.callback(_restore_proxies, {name: os.environ[name] for name in _proxies()})
    for name in _proxies():
        del os.environ[name]
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    # urllib keeps an opener that has read the proxies and made its TLS context.
    _replace(undo, urllib.request, "_opener", None)


def _proxies() -> list[str]:
    return [name for name in os.environ if name.lower().endswith("_proxy")]


def _restore_proxies(before: dict[str, str]) -> None:
    for name in _proxies():
        del os.environ[name]
    os.environ.update(before)


@functools.cache
def _has_c_resolver() -> bool:
    return importlib.util.find_spec("aiodns") is not None


def _without_c_resolver(undo: contextlib.ExitStack) -> None:
    if not _has_c_resolver():
        return
    from aiohttp import connector, resolver

    for module in (connector, resolver):
        _replace(undo, module, "DefaultResolver", resolver.ThreadedResolver)
