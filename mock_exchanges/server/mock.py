"""A mock exchange on sockets: listeners, the shell, the market, waiting."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mock_exchanges import registry
from mock_exchanges.control import PREFIX
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.engine import Engine
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.interference import Batch
from mock_exchanges.core.journal import Entry, Kind
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest
from mock_exchanges.core.pair import Pair
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.faults.active import ActiveFault, install, uninstall
from mock_exchanges.faults.base import Fault
from mock_exchanges.replay import Replay
from mock_exchanges.scenario import Scenario, check, find
from mock_exchanges.scenario.edits import MarketEdit
from mock_exchanges.server.clock import LoopClock
from mock_exchanges.server.listeners import Address, Listeners, url
from mock_exchanges.server.shell import Shell
from mock_exchanges.server.tls import Authority
from mock_exchanges.server.waiting import HeardJournal

if TYPE_CHECKING:
    from mock_exchanges.control.guard import Guard
    from mock_exchanges.server.controlling import Controlling

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
    lifts the exchange's rate limits. ``scenario`` is played from the start on.
    ``control`` answers the control API; where ``host`` lets other machines in, only with a
    ``control_token``, which its requests must carry.

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
        scenario: Scenario | str | None = None,
        control: bool = True,
        control_token: str | None = None,
    ) -> None:
        if market is not None and pairs is not None:
            raise ValueError("both market and pairs are given; expected one of them")
        if market is None:
            market = Market(seed) if pairs is None else Market(seed, _pairs(pairs))
        if port is None and tls_port is None:
            raise ValueError("port and tls_port are both None; expected at least one listener")
        self.market = market
        self.journal = HeardJournal(real=time.time)
        self._scenario = find(scenario) if isinstance(scenario, str) else scenario
        if self._scenario is not None and self._scenario.replay is not None:
            exchange = _replayed(self._scenario, exchange)
        self._made_of, self._limits = exchange, limits
        self.exchange = self._make()
        self.engine = Engine(self.exchange)
        self.authority = (authority or Authority()) if tls_port is not None else authority
        if self._scenario is not None:
            check(self._scenario, self.exchange, market)
        self._host, self._port, self._tls_port = host, port, tls_port
        self._epoch_ms = epoch_ms
        self._clock: LoopClock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shell: Shell | None = None
        self._listeners: Listeners | None = None
        self._tls: tuple[tuple[str, ...], ssl.SSLContext] | None = None
        self._origin_ms = 0
        # the faults at work, in the order in which they act
        self.faults: list[ActiveFault] = []
        self._fault_number = 0
        self._playing: list[ActiveFault] = []
        self._scenarios: list[Scenario] = []
        self._guard = _guard(host, control_token) if control else None
        self._control: Controlling | None = None
        self._control_listeners: Listeners | None = None

    async def start(self) -> None:
        """Listen. Raises OSError for a port in use, RuntimeError if it runs already."""
        if self._listeners is not None:
            raise RuntimeError("the mock exchange is already started")
        loop = asyncio.get_running_loop()
        epoch_ms = self._epoch_ms
        if epoch_ms is None:
            # A recording begins at its own date.
            epoch_ms = getattr(self.exchange, "begins_ms", None)
        self._origin_ms = _today(loop) if epoch_ms is None else epoch_ms
        self._clock = LoopClock(loop, self._origin_ms)
        self._shell = Shell(self.engine, self._clock)
        self._loop = loop
        self.market.watch(self._market_changed)
        self._listeners = Listeners(self._shell.handle, self._host, self._shell.arrived)
        try:
            if self._port is not None:
                await self._listeners.open(self._port)
            if self._tls_port is not None:
                names, bad = self._certified(), self._shell.bad_tls
                assert self.authority is not None
                self._tls = names, self.authority.server_context(names, bad)
                await self._listeners.open_tls(self._tls_port, self._tls[1])
            if self._guard is not None:
                await self._open_control(self._guard)
            if self._scenario is not None:
                self.play(self._scenario)
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
        self.market.unwatch(self._market_changed)
        listeners.close()
        shell.stop()
        if self._control is not None:
            self._control.stop()
        control, self._control_listeners = self._control_listeners, None
        if control is not None:
            control.close()
            await control.closed()
        await listeners.closed()
        tls, self._tls = self._tls, None
        if tls is not None and self.authority is not None:
            self.authority.give_back(*tls)
        if shell.first_failure is not None:
            raise shell.first_failure

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

    @property
    def controlled(self) -> bool:
        """Whether the control API is on."""
        return self._guard is not None

    @property
    def control_url(self) -> str:
        """Address of the control API, ``http://HOST:PORT/_mock``.

        It is the API's own port, which faults never touch; the exchange's ports answer on
        that path, too. Raises RuntimeError if the API is off.
        """
        if self._control_listeners is None:
            raise RuntimeError("no control API: it is off, or the mock exchange is not started")
        return url("http", self._control_listeners.plain) + PREFIX

    @property
    def failure(self) -> Exception | None:
        """What broke the exchange since it was made or reset, if anything did."""
        return None if self._shell is None else self._shell.failure

    @property
    def scenarios(self) -> Sequence[Scenario]:
        """The scenarios that were played and not ended."""
        return tuple(self._scenarios)

    @property
    def scenario_faults(self) -> Sequence[ActiveFault]:
        """The faults of scenarios that are still at work."""
        return tuple(each for each in self._playing if each in self.faults)

    def end_connections(self, action: Close | Drop, number: int | None = None) -> int:
        """End every open WebSocket connection, or one, from the exchange's side now.

        Returns how many were ended.
        """
        return self._running_shell.end_connections(action, number)

    def add_fault(self, fault: Fault, *, seed: int | None = None) -> ActiveFault:
        """Let something go wrong from now on; return it at work.

        Faults act in the order in which they were added. ``seed`` decides what is left
        to chance, by default the market's. Raises ValueError for a fault that makes no
        sense at this exchange.
        """
        fault.check(self.exchange)
        number = self._fault_number + 1
        drawn = self.market.seed if seed is None else seed
        # an error inside the engine would count as a broken exchange
        fault.check(self.exchange)
        made: list[ActiveFault] = []

        def install_it(now_ms: int) -> Batch:
            made.append(install(fault, self.engine, number, drawn, now_ms))
            return []

        self._running_shell.change(install_it)
        self._fault_number = number
        self.faults.append(made[0])
        return made[0]

    def remove_fault(self, fault: Fault | ActiveFault) -> None:
        """Let it go right again. Raises ValueError for a fault that is not at work."""
        for active in self.faults:
            if fault is active or fault is active.fault:
                break
        else:
            told = fault.fault.told() if isinstance(fault, ActiveFault) else fault.told()
            raise ValueError(f"fault {told!r} is not at work here")
        self.faults.remove(active)
        self._running_shell.change(lambda now_ms: uninstall(active, now_ms))

    def clear_faults(self) -> None:
        """Let everything go right again."""
        for fault in reversed(self.faults.copy()):
            self.remove_fault(fault)

    def play(self, scenario: Scenario | str) -> Scenario:
        """Let a scenario happen from now on; a name or a file will do. Return it.

        It adds to what is at work. Raises ValueError for one that cannot happen here, and
        then changes nothing; BadScenario and UnknownScenario are such.
        """
        if isinstance(scenario, str):
            scenario = find(scenario)
        if scenario.replay is not None and scenario is not self._scenario:
            raise ValueError(
                f"replay is {scenario.replay!r}, which begins with the exchange; "
                "expected such a scenario when the exchange is made"
            )
        check(scenario, self.exchange, self.market)
        added: list[ActiveFault] = []
        try:
            for fault in scenario.faults:
                added.append(self.add_fault(fault, seed=scenario.seed))
        except BaseException:
            for active in reversed(added):
                self.remove_fault(active)
            raise
        for edit in scenario.market:
            self.edit_market(edit)
        self._playing += added
        self._scenarios.append(scenario)
        return scenario

    def end_scenario(self) -> None:
        """Take away the faults of scenarios that are still at work; the market stays edited."""
        for active in reversed(self._playing):
            if active in self.faults:
                self.remove_fault(active)
        self._playing.clear()
        self._scenarios.clear()

    def edit_market(self, edit: MarketEdit) -> None:
        """Change the market from now on. Raises ValueError or UnknownPair for a wrong pair."""
        edit.apply(self.market, self.now_ms())

    def step(self, seconds: float) -> None:
        """Move the clock on at once; what is due in between happens, in order.

        Raises ValueError for a step back.
        """
        self.clock.move_to(self.now_ms() + round(seconds * 1000))

    def to_next_close(self, interval: str = "1m") -> int:
        """Move the clock to the next close of an interval (by the exchange's name for it).

        Returns the date, epoch milliseconds; the close itself may be told a little later.
        Raises ValueError for an interval that the exchange does not have.
        """
        grid = self.exchange.intervals().get(interval)
        if grid is None:
            known = list(self.exchange.intervals())
            near = nearest(interval, known)
            hint = f"; did you mean {near!r}?" if near else ""
            raise ValueError(f"interval is {interval!r}, expected one of {', '.join(known)}{hint}")
        closes_ms = grid.next(grid.floor(self.now_ms()))
        self.clock.move_to(closes_ms)
        return closes_ms

    def reset(self) -> None:
        """Begin anew: no faults, connections, bans, tokens or edits, an empty journal.

        The clock keeps its date, and runs in real time.
        """
        self.faults.clear()
        self._playing.clear()
        self._scenarios.clear()
        self._fault_number = 0
        if self.market.edits:
            self.market.reset()
        self.exchange = self._make()
        self.engine = Engine(self.exchange)
        self._running_shell.renew(self.engine)
        self.clock.run(1)
        self.journal.clear()

    def seen(
        self,
        what: Kind | Callable[[Entry], bool] | None = None,
        *,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
        after: int = 0,
    ) -> list[Entry]:
        """Return the journal's entries that fit, oldest first; none is false.

        ``what`` is a kind or a predicate, ``containing`` part of the text or a compiled
        regular expression. Raises ValueError for a kind that there is not.
        """
        return self.journal.seen(what, containing=containing, connection=connection, after=after)

    async def until(
        self,
        what: Kind | Callable[[Entry], bool] | None = None,
        *,
        within_s: float,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
        times: int = 1,
        after: int = 0,
    ) -> Entry:
        """Wait for a journal entry that fits (as `seen` has it), for the n-th time; return it.

        What was recorded already counts, from the entry number ``after`` on (an
        earlier ``journal.total``). Raises NotInTime after ``within_s`` seconds of the
        loop's time, with what did arrive in its message, near misses first.
        """
        return await self.journal.until(
            what,
            within_s=within_s,
            origin_ms=self._origin_ms,
            containing=containing,
            connection=connection,
            times=times,
            after=after,
        )

    def _make(self) -> Exchange:
        if isinstance(self._made_of, str):
            return registry.create(self._made_of, self.market, self.journal, limits=self._limits)
        return self._made_of(self.market, self.journal)

    def _market_changed(self, what: str) -> None:
        """Who is subscribed hears the market as it is now."""
        assert self._loop is not None
        if asyncio._get_running_loop() is not self._loop:
            self._loop.call_soon_threadsafe(self._market_changed, what)
            return

        def follow(now_ms: int) -> Batch:
            self.journal.add(now_ms, "market", 0, what)
            self.engine.hub.reopen(self.engine.exchange_time(now_ms))
            return []

        if self._shell is not None:
            self._shell.change(follow)

    async def _open_control(self, guard: Guard) -> None:
        """Answer the control API, on a port of its own and on the exchange's."""
        from mock_exchanges.server.controlling import Controlling

        self._control = self._running_shell.control = Controlling(self, guard)
        self._control_listeners = Listeners(
            self._control.handle, self._host, lambda transport: False
        )
        await self._control_listeners.open(0)

    @property
    def _running(self) -> Listeners:
        if self._listeners is None:
            raise RuntimeError("the mock exchange is not started")
        return self._listeners

    @property
    def _running_shell(self) -> Shell:
        if self._shell is None:
            raise RuntimeError("the mock exchange is not started")
        return self._shell

    def _certified(self) -> tuple[str, ...]:
        """Return the host names that the certificate is good for."""
        names = dict.fromkeys(("localhost", "127.0.0.1", "::1"))
        # The production names too, for clients that dial those and land here.
        for facts in (self.exchange.profile, getattr(self.exchange, "samples", None)):
            for kind in ("ws_hosts", "rest_hosts"):
                names.update(dict.fromkeys(getattr(facts, kind, ())))
        if self._host not in ("0.0.0.0", "::"):
            names[self._host] = None
        return tuple(names)


def _guard(host: str, token: str | None) -> Guard | None:
    """Return who guards the control API; None where it must be off.

    The API weighs as much as the exchange to import: who does without pays nothing for it.
    """
    from mock_exchanges.control.guard import Guard, is_loopback

    return Guard(host, token) if token is not None or is_loopback(host) else None


def _replayed(scenario: Scenario, exchange: str | Factory) -> Factory:
    """Return what makes a replay of a scenario's journal. Raises ValueError if nothing can."""
    assert scenario.replay is not None
    if not isinstance(exchange, str):
        raise ValueError(
            f"replay is {scenario.replay!r}, which needs the name of the exchange that was "
            f"recorded; expected it as exchange, got {exchange!r}"
        )
    return Replay.factory(scenario.replay, exchange)


def _pairs(pairs: Iterable[str | Pair]) -> list[Pair]:
    return [each if isinstance(each, Pair) else pairs_named([each])[0] for each in pairs]


def _today(loop: asyncio.AbstractEventLoop) -> int:
    """Return the date of a virtual loop, else the real one, epoch milliseconds."""
    own = getattr(loop, "now_ms", None)
    return int(own()) if own is not None else time.time_ns() // 1_000_000
