"""A mock exchange for programs without an event loop: it runs in a thread of its own."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.journal import Entry, Kind
from mock_exchanges.core.market import Market
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.server.mock import Factory, MockExchange
from mock_exchanges.server.tls import Authority

T = TypeVar("T")


class RunningMock:
    """A mock exchange in another thread; its methods may be called from any thread.

    ``rest_url``, ``ws_url``, ``tls_rest_url`` and ``tls_ws_url`` are those of
    MockExchange; the TLS ones are None where TLS was not asked for, and ``control_url``
    where the control API is off.
    """

    def __init__(self, mock: MockExchange, loop: asyncio.AbstractEventLoop) -> None:
        self._mock = mock
        self._loop = loop
        self.market: Market = mock.market
        self.authority: Authority | None = mock.authority
        plain, tls = mock.plain_address is not None, mock.tls_address is not None
        self.rest_url = mock.rest_url if plain else None
        self.ws_url = mock.ws_url if plain else None
        self.tls_rest_url = mock.tls_rest_url if tls else None
        self.tls_ws_url = mock.tls_ws_url if tls else None
        self.control_url = mock.control_url if mock.controlled else None

    def call(self, function: Callable[[MockExchange], T]) -> T:
        """Call a function with the MockExchange, in its thread; return its result."""

        async def called() -> T:
            return function(self._mock)

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result()

    def now_ms(self) -> int:
        """Return the exchange's date, epoch milliseconds."""
        return self._mock.now_ms()

    def journal(self) -> list[Entry]:
        """Return what happened so far, oldest first."""
        return self.call(lambda mock: list(mock.journal))

    def end_connections(self, action: Close | Drop) -> int:
        """End every open WebSocket connection now; return how many."""
        return self.call(lambda mock: mock.end_connections(action))

    def add_fault(self, fault: Fault) -> ActiveFault:
        """Let something go wrong from now on; return it at work."""
        return self.call(lambda mock: mock.add_fault(fault))

    def remove_fault(self, fault: Fault | ActiveFault) -> None:
        """Let it go right again. Raises ValueError for a fault that is not at work."""
        self.call(lambda mock: mock.remove_fault(fault))

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self.call(lambda mock: mock.clear_faults())

    def seen(
        self,
        what: Kind | Callable[[Entry], bool] | None = None,
        *,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
        after: int = 0,
    ) -> list[Entry]:
        """Return the journal's entries that fit, as MockExchange.seen does."""
        return self.call(
            lambda mock: mock.seen(what, containing=containing, connection=connection, after=after)
        )

    def until(
        self,
        what: Kind | Callable[[Entry], bool] | None = None,
        *,
        within_s: float,
        containing: str | re.Pattern[str] | None = None,
        connection: int | None = None,
        times: int = 1,
        after: int = 0,
    ) -> Entry:
        """Wait for a journal entry, as MockExchange.until does; raises NotInTime."""
        waited = self._mock.until(
            what,
            within_s=within_s,
            containing=containing,
            connection=connection,
            times=times,
            after=after,
        )
        return asyncio.run_coroutine_threadsafe(waited, self._loop).result()

    def run_at(self, rate: float) -> None:
        """Run the clock at a rate: 1 is real time, 60 a minute a second, 0 stands still."""
        self.call(lambda mock: mock.clock.run(rate))

    def step(self, seconds: float) -> None:
        """Move the clock on at once, as MockExchange.step does."""
        self.call(lambda mock: mock.step(seconds))

    def to_next_close(self, interval: str = "1m") -> int:
        """Move the clock to the next close, as MockExchange.to_next_close does."""
        return self.call(lambda mock: mock.to_next_close(interval))

    def reset(self) -> None:
        """Begin anew, as MockExchange.reset does."""
        self.call(lambda mock: mock.reset())


@contextmanager
def running(exchange: str | Factory = "binance", **options: Any) -> Iterator[RunningMock]:
    """Run a mock exchange in a thread, in real time, for the length of a with block.

    Takes what MockExchange takes, and raises what its `start` and `stop` raise.
    """
    ready: list[RunningMock] = []
    failed: list[BaseException] = []
    settled = threading.Event()
    ends: list[Callable[[], object]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        end = asyncio.Event()
        async with MockExchange(exchange, **options) as mock:
            ready.append(RunningMock(mock, loop))
            ends.append(lambda: loop.call_soon_threadsafe(end.set))
            settled.set()
            await end.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            failed.append(error)
        finally:
            settled.set()

    thread = threading.Thread(target=run, name="mock-exchange", daemon=True)
    thread.start()
    settled.wait()
    try:
        if ready:
            yield ready[0]
    finally:
        for end in ends:
            end()
        thread.join()
    if failed:
        raise failed[0]
