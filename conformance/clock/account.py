"""The account of bytes under way between sockets of one event loop.

A clock may jump only when nothing is on its way, and asking the selector is no
proof: a kernel may hand loopback bytes over later than ``send`` returns (Nagle,
deferred softirqs, full windows). So both ends are counted. Theory:

- a connection is two flows; a flow holds the bytes written and not yet read;
- the end of a stream is one more byte, written by shutdown or close;
- only flows whose writer and reader are both known are counted: what other
  processes do is out of sight;
- bytes toward a reader nobody polls wait for the program, and bytes toward a
  closed reader for nobody: neither is under way;
- a connection made to an own listener is under way until it is accepted.
"""

from __future__ import annotations

import selectors
import socket
import weakref
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Account", "Address", "CountedSocket", "End"]

Address = tuple[str, int]

_WILDCARDS = ("0.0.0.0", "::")


def plain_address(address: Any) -> Address:
    """Host and port of a socket address, IPv4 in IPv6 unwrapped."""
    host, port = address[0], address[1]
    return host.removeprefix("::ffff:"), port


class _Flow:
    """One direction of a connection."""

    __slots__ = ("deaf", "pending", "reader", "writer")

    def __init__(self) -> None:
        self.pending = 0
        self.reader: End | None = None
        self.writer: End | None = None
        self.deaf = False  # the reader is closed, or its bytes cannot be counted any more

    def counts(self) -> bool:
        return self.reader is not None and self.writer is not None and not self.deaf


class End:
    """One end of a connection."""

    __slots__ = ("_account", "_finished", "closed", "fd", "key", "received", "sent")

    def __init__(self, account: Account, fd: int, key: tuple[Address, Address]) -> None:
        self._account = account
        self._finished = False
        self.closed = False
        self.fd = fd
        self.key = key
        self.sent, self.received = account._flows_of(key)
        for flow in (self.sent, self.received):
            if flow is self.sent:
                flow.writer = self
            else:
                flow.reader = self
            if flow.counts():
                account.total += flow.pending

    def wrote(self, count: int) -> None:
        flow = self.sent
        flow.pending += count
        if flow.reader is not None and not flow.deaf:
            self._account.total += count

    def read(self, count: int) -> None:
        flow = self.received
        flow.pending -= count
        if flow.writer is not None and not flow.deaf:
            self._account.total -= count

    def finish(self) -> None:
        """No more will be written."""
        if not self._finished:
            self._finished = True
            self.wrote(1)

    def stop_counting(self, flow: _Flow) -> None:
        """Take a flow out of the account: it broke, or nobody will read it."""
        if flow.counts():
            self._account.total -= flow.pending
        flow.deaf = True

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.finish()
            self.stop_counting(self.received)
            self._account._forget(self)


class CountedSocket(socket.socket):
    """A transport's socket that keeps the account."""

    __slots__ = ("_end",)
    _end: End

    @classmethod
    def take(cls, sock: socket.socket) -> CountedSocket:
        """Take over the descriptor; the given object is left empty."""
        timeout = sock.gettimeout()
        taken = cls(sock.family, sock.type, sock.proto, fileno=sock.detach())
        taken.settimeout(timeout)
        return taken

    def send(self, *args: Any) -> int:
        count = _send(self, *args)
        self._end.wrote(count)
        return count

    def sendmsg(self, *args: Any) -> int:
        count = _sendmsg(self, *args)
        self._end.wrote(count)
        return count

    def recv(self, *args: Any) -> bytes:
        try:
            data = _recv(self, *args)
        except OSError as error:
            self._failed(error)
            raise
        self._end.read(len(data) or 1)
        return data

    def recv_into(self, *args: Any) -> int:
        try:
            count = _recv_into(self, *args)
        except OSError as error:
            self._failed(error)
            raise
        self._end.read(count or 1)
        return count

    def _failed(self, error: OSError) -> None:
        # After a reset neither the bytes before it nor the end will be read.
        if not isinstance(error, (BlockingIOError, InterruptedError)):
            self._end.stop_counting(self._end.received)

    def shutdown(self, how: int) -> None:
        super().shutdown(how)
        if how != socket.SHUT_RD:
            self._end.finish()

    def close(self) -> None:
        end = getattr(self, "_end", None)
        if end is not None:
            end.close()
        super().close()


_send: Callable[..., int] = socket.socket.send
_sendmsg: Callable[..., int] = socket.socket.sendmsg
_recv: Callable[..., bytes] = socket.socket.recv
_recv_into: Callable[..., int] = socket.socket.recv_into


class Account:
    """All connections of one loop. `in_flight` is the question it answers."""

    def __init__(self, polled: Callable[[], Mapping[Any, selectors.SelectorKey]]) -> None:
        """``polled`` gives the selector's map: who waits for what."""
        self._polled = polled
        self.total = 0
        self.connecting = 0
        self.writers: set[int] = set()
        self._flows: dict[tuple[Address, Address], _Flow] = {}
        self._ends: dict[int, End] = {}
        self._loose: dict[int, tuple[weakref.ref[socket.socket], End]] = {}
        self._unaccepted: dict[tuple[Address, Address], Address] = {}
        self._listeners: dict[Address, weakref.ref[socket.socket]] = {}

    # -- listeners and the making of connections

    def listen(self, listener: socket.socket) -> None:
        self._listeners[plain_address(listener.getsockname())] = weakref.ref(listener)

    def unlisten(self, listener: socket.socket) -> None:
        for address, known in list(self._listeners.items()):
            if known() is listener:
                self._drop_listener(address)

    def _drop_listener(self, address: Address) -> None:
        # The kernel resets what waits in a closed listener's queue.
        del self._listeners[address]
        for key, waits_at in list(self._unaccepted.items()):
            if waits_at == address:
                del self._unaccepted[key]

    def listener_at(self, address: Any) -> Address | None:
        """The own listener that a connect to this address would reach."""
        host, port = plain_address(address)
        for candidate in ("127.0.0.1" if host == "localhost" else host, *_WILDCARDS):
            if (candidate, port) in self._listeners:
                return candidate, port
        return None

    def connected(self, sock: socket.socket, listener: Address) -> None:
        """A connect has succeeded: until the listener accepts, the connection is under way."""
        try:
            key = plain_address(sock.getsockname()), plain_address(sock.getpeername())
        except OSError:  # reset already
            return
        if key[::-1] not in self._flows:  # else the other side has accepted already
            self._unaccepted[key] = listener

    # -- ends

    def adopt(self, sock: socket.socket, peer: Any) -> CountedSocket:
        """Count a transport's socket from here on."""
        fd = sock.fileno()
        loose = self._loose.pop(fd, None)
        known = loose is not None and loose[0]() is sock
        key = plain_address(sock.getsockname()), plain_address(peer)
        counted = CountedSocket.take(sock)
        if loose is not None and known:
            counted._end = loose[1]
        else:
            if loose is not None:
                loose[1].close()
            counted._end = self._open(fd, key)
        return counted

    def loose(self, sock: socket.socket) -> End | None:
        """The end of a socket that the program uses directly through the loop."""
        fd = sock.fileno()
        found = self._loose.get(fd)
        if found is not None:
            if found[0]() is sock:
                return found[1]
            found[1].close()
            del self._loose[fd]
        if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
            return None
        try:
            key = plain_address(sock.getsockname()), plain_address(sock.getpeername())
        except OSError:  # not connected
            return None
        end = self._open(fd, key)
        self._loose[fd] = weakref.ref(sock), end
        return end

    def _open(self, fd: int, key: tuple[Address, Address]) -> End:
        stale = self._ends.get(fd)
        if stale is not None:
            stale.close()
        self._unaccepted.pop(key[::-1], None)
        end = self._ends[fd] = End(self, fd, key)
        return end

    def _flows_of(self, key: tuple[Address, Address]) -> tuple[_Flow, _Flow]:
        sent, received = self._flows.get(key), self._flows.get(key[::-1])
        if sent is None or received is None or sent.writer is not None:
            # New, or the kernel gave a reset connection's addresses out again.
            sent = self._flows[key] = _Flow()
            received = self._flows[key[::-1]] = _Flow()
        return sent, received

    def _forget(self, end: End) -> None:
        if self._ends.get(end.fd) is end:
            del self._ends[end.fd]
        if self._flows.get(end.key) is not end.sent or end.key in self._unaccepted:
            return
        other = end.sent.reader
        if other is None or other.closed:
            del self._flows[end.key]
            del self._flows[end.key[::-1]]

    # -- the question

    def in_flight(self) -> bool:
        """Whether anything is on its way from this loop to this loop."""
        if not (self.total or self.connecting or self._unaccepted or self.writers or self._loose):
            return False
        self._sweep()
        if self.connecting or self._unaccepted:
            return True
        polled = self._polled()
        return any(
            self._awaited(end.received, polled)
            and (end.received.pending > 0 or self._is_sending(end.received))
            for end in self._ends.values()
        )

    def _awaited(self, flow: _Flow, polled: Mapping[Any, selectors.SelectorKey]) -> bool:
        if not flow.counts() or flow.reader is None:
            return False
        key = polled.get(flow.reader.fd)
        return key is not None and bool(key.events & selectors.EVENT_READ)

    def _is_sending(self, flow: _Flow) -> bool:
        # All is read, but the kernel has not told the writer yet that there is room.
        writer = flow.writer
        return writer is not None and not writer.closed and writer.fd in self.writers

    def _sweep(self) -> None:
        """Notice what the program closed behind the loop's back."""
        for fd, (ref, end) in list(self._loose.items()):
            sock = ref()
            if sock is None or sock.fileno() != fd:
                del self._loose[fd]
                end.close()
        for address, ref in list(self._listeners.items()):
            listener = ref()
            if listener is None or listener.fileno() < 0:
                self._drop_listener(address)

    def has_strangers(self, own_fd: int) -> bool:
        """Whether something is polled that is not of this loop; ``own_fd`` is its self-pipe."""
        listeners = (ref() for ref in self._listeners.values())
        known = {own_fd, *(listener.fileno() for listener in listeners if listener is not None)}
        known |= {end.fd for end in self._ends.values() if end.received.counts()}
        return not known.issuperset(self._polled())
