"""A mock exchange on sockets: listeners, the shell, the market, waiting."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from mock_exchanges import registry
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.engine import Engine, Fault
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.journal import Entry, Kind
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.server.clock import LoopClock
from mock_exchanges.server.listeners import Address, Listeners, url
from mock_exchanges.server.shell import Shell
from mock_exchanges.server.tls import Authority
from mock_exchanges.server.waiting import HeardJournal

Factory = Callable[[Market, HeardJournal], Exchange]


class MockExchange:
    """One exchange at the root of its own port, as an async context manager.

    ``exchange`` is a registered name (``binance``, ``NAME@DATE`` for a dated
    profile) or a factory called with the market and the journal. ``pairs`` are the
    pairs listed, by standard name (unknown ones are made up) or in full, default a
    catalogue; ``market`` takes the place of ``seed`` and ``pairs``. ``epoch_ms`` is the date at
    the start: by default that of a virtual loop, else today's. ``port`` and
    ``tls_port`` are 0 for any free port and None for no such listener;
    certificates come from ``authority``, by default a new one. ``limits=False``
    lifts the exchange's rate limits.

    Raises UnknownExchange for a name nobody knows and ValueError for a malformed
    pair or an unknown date; `start` raises OSError for a port in use.
    """

    def __init__(
        self,
        exchange: str | Factory = "binance",
        *,
        seed: int = 1,
        pairs: Iterable[str | Pair] | None = None,
        market: Market | None = None,
        epoch_ms: int | None = None,
        port: int | None = 0,
        tls_port: int | None = None,
        authority: Authority | None = None,
        host: str = "127.0.0.1",
        limits: bool = True,
    ) -> None:
        if market is not None and pairs is not None:
            raise ValueError("both market and pairs are given; expected one of them")
        if market is None:
            market = Market(seed) if pairs is None else Market(seed, _pairs(pairs))
        if port is None and tls_port is None:
            raise ValueError("port and tls_port are both None; expected at least one listener")
        self.market = market
        self.journal = HeardJournal()
        if isinstance(exchange, str):
            self.exchange = registry.create(exchange, market, self.journal, limits=limits)
        else:
            self.exchange = exchange(market, self.journal)
        self.engine = Engine(self.exchange)
        self.authority = (authority or Authority()) if tls_port is not None else authority
        self._host, self._port, self._tls_port = host, port, tls_port
        self._epoch_ms = epoch_ms
        self._clock: LoopClock | None = None
        self._shell: Shell | None = None
        self._listeners: Listeners | None = None
        self._origin_ms = 0

    async def start(self) -> None:
        """Listen. Raises OSError for a port in use, RuntimeError if it runs already."""
        if self._listeners is not None:
            raise RuntimeError("the mock exchange is already started")
        loop = asyncio.get_running_loop()
        self._origin_ms = _today(loop) if self._epoch_ms is None else self._epoch_ms
        self._clock = LoopClock(loop, self._origin_ms)
        self._shell = Shell(self.engine, self._clock)
        self._listeners = Listeners(self._shell.handle, self._host)
        try:
            if self._port is not None:
                await self._listeners.open(self._port)
            if self._tls_port is not None:
                await self._listeners.open_tls(self._tls_port, self._server_context())
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening and end every connection, in bounded time; again is harmless.

        Raises the exception that broke the exchange meanwhile, if one did.
        """
        listeners, shell = self._listeners, self._shell
        self._listeners = self._shell = None
        if listeners is None or shell is None:
            return
        listeners.close()
        shell.stop()
        await listeners.closed()
        if shell.failure is not None:
            raise shell.failure

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
    def clock(self) -> LoopClock:
        """The exchange's clock. Raises RuntimeError before the start."""
        if self._clock is None:
            raise RuntimeError("the mock exchange is not started")
        return self._clock

    def now_ms(self) -> int:
        """Return the exchange's date, epoch milliseconds."""
        return self.clock.now_ms()

    @property
    def plain_address(self) -> Address | None:
        """(host, port) of the http and ws listener, or None."""
        return self._running.plain

    @property
    def tls_address(self) -> Address | None:
        """(host, port) of the https and wss listener, or None."""
        return self._running.tls

    @property
    def rest_url(self) -> str:
        """``http://HOST:PORT``, no slash at the end."""
        return url("http", self.plain_address)

    @property
    def ws_url(self) -> str:
        """``ws://HOST:PORT``, no slash at the end."""
        return url("ws", self.plain_address)

    @property
    def tls_rest_url(self) -> str:
        """``https://HOST:PORT``, no slash at the end."""
        return url("https", self.tls_address)

    @property
    def tls_ws_url(self) -> str:
        """``wss://HOST:PORT``, no slash at the end."""
        return url("wss", self.tls_address)

    def end_connections(self, action: Close | Drop) -> int:
        """End every open WebSocket connection from the exchange's side now; return how many."""
        if self._shell is None:
            raise RuntimeError("the mock exchange is not started")
        return self._shell.end_connections(action)

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong from now on; faults act in the order they were added."""
        self.engine.faults.append(fault)

    def remove_fault(self, fault: Fault) -> None:
        """Let it go right again. Raises ValueError for a fault that was not added."""
        self.engine.faults.remove(fault)

    async def until(
        self, what: Kind | Callable[[Entry], bool], *, within_s: float, after: int = 0
    ) -> Entry:
        """Wait for a journal entry, of a kind or that a predicate accepts; return it.

        What was recorded already counts, from the entry number ``after`` on (an
        earlier ``journal.total``). Raises NotInTime after ``within_s`` seconds of the
        loop's time, with what did arrive in its message.
        """
        return await self.journal.until(
            what, within_s=within_s, origin_ms=self._origin_ms, after=after
        )

    @property
    def _running(self) -> Listeners:
        if self._listeners is None:
            raise RuntimeError("the mock exchange is not started")
        return self._listeners

    def _server_context(self) -> ssl.SSLContext:
        assert self.authority is not None
        profile = self.exchange.profile
        names = dict.fromkeys(("localhost", "127.0.0.1", "::1"))
        # The production names too, for clients that dial those and land here.
        names.update(dict.fromkeys(getattr(profile, "ws_hosts", ())))
        names.update(dict.fromkeys(getattr(profile, "rest_hosts", ())))
        if self._host not in ("0.0.0.0", "::"):
            names[self._host] = None
        return self.authority.server_context(names)


def _pairs(pairs: Iterable[str | Pair]) -> list[Pair]:
    return [each if isinstance(each, Pair) else pairs_named([each])[0] for each in pairs]


def _today(loop: asyncio.AbstractEventLoop) -> int:
    """Return the date of a virtual loop, else the real one, epoch milliseconds."""
    own = getattr(loop, "now_ms", None)
    return int(own()) if own is not None else time.time_ns() // 1_000_000
