"""What the exchanges of one test run on: a loop of the test's own, or threads.

Apart from `conformance.fixtures`, so that a run that uses no fixture imports none of this.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
from collections import defaultdict
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from conformance.clock import DEFAULT_EPOCH_MS, ClockError, VirtualLoop
from conformance.clock.wall import following
from mock_exchanges.core.journal import Entry
from mock_exchanges.core.nearest import nearest
from mock_exchanges.faults import Fault
from mock_exchanges.scenario import Scenario
from mock_exchanges.scenario import find as find_scenario
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.threaded import RunningMock, running

__all__ = ["BadOption", "BlockingStage", "LoopStage", "NotOver", "Options", "Stage"]

_SHOWN = 20
_WITHIN_S = 3600.0
# what the marker takes: for each exchange, and for the run
_OF_EACH = ("seed", "pairs", "epoch_ms", "scenario", "limits", "tls")
_OF_RUN = ("real_time", "within_s")
# what `exchange(...)` takes besides
_OF_ONE = ("market", "port", "tls_port", "authority", "host")

Section = tuple[str, str]


class BadOption(ValueError):
    """An option that is not known; the message names the nearest one."""


class NotOver(TimeoutError):
    """A test, or a fixture of it, has not ended in the time that it has."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the markers of one test say. ``within_s`` is seconds of the test's own time."""

    each: Mapping[str, Any] = field(default_factory=dict)
    real_time: bool = False
    within_s: float = _WITHIN_S

    @classmethod
    def of(cls, marks: Iterable[Any]) -> Options:
        """Read pytest's marks, the closest first, which counts where several say the same.

        Raises BadOption.
        """
        said: dict[str, Any] = {}
        for mark in marks:
            if mark.args:
                raise BadOption(
                    f"@pytest.mark.exchange has {mark.args[0]!r}, expected options by name: "
                    f"{', '.join((*_OF_EACH, *_OF_RUN))}"
                )
            _check("@pytest.mark.exchange", mark.kwargs, (*_OF_EACH, *_OF_RUN))
            said = {**mark.kwargs, **said}
        real_time, within_s = said.pop("real_time", False), said.pop("within_s", _WITHIN_S)
        return cls(said, bool(real_time), float(within_s))

    def with_own(self, own: Mapping[str, Any]) -> dict[str, Any]:
        """Return what MockExchange takes.

        Raises BadOption, and ValueError for a scenario that cannot be read.
        """
        _check("exchange()", own, (*_OF_EACH, *_OF_ONE))
        options = {**self.each, **own}
        options["scenario"] = _scenario(options.get("scenario"))
        if "market" in own:
            for name in set(options) & {"seed", "pairs"} - set(own):
                del options[name]  # the marker's, for exchanges without a market of their own
        if options.pop("tls", False):
            options.setdefault("tls_port", 0)
        return options


def _check(where: str, options: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            near = nearest(name, list(known))
            hint = f"; did you mean {near!r}?" if near else ""
            raise BadOption(f"{where} has {name!r}, expected one of {', '.join(known)}{hint}")


def _scenario(said: Any) -> Scenario | None:
    """Return a scenario from itself, a name or file, a fault, or several."""
    if said is None or isinstance(said, Scenario):
        return said
    if isinstance(said, str | Path):
        return find_scenario(str(said))
    if isinstance(said, Fault):
        return Scenario.of(said)
    if isinstance(said, Mapping):
        return Scenario.model_validate(said)
    return Scenario.of(*said)


class Stage(Protocol):
    """Where a test's exchanges run."""

    def open(self, name: str, own: Mapping[str, Any], *, of: str) -> Any:
        """Run an exchange for a fixture; return it."""

    def opener(self, *, of: str) -> Callable[..., Any]:
        """Return the function that the fixture `exchange` is."""

    def close(self, *, of: str) -> None:
        """Stop every exchange of a fixture."""

    def end(self) -> None:
        """The test is over, and its fixtures with it."""

    def told(self) -> list[Section]:
        """Return what happened last at each exchange, titled, for a report."""


class BlockingStage:
    """Exchanges in threads of their own, in real time, for plain tests."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._stacks: dict[str, ExitStack] = defaultdict(ExitStack)
        self._mocks: list[tuple[str, str, RunningMock, int]] = []

    def open(self, name: str, own: Mapping[str, Any], *, of: str) -> RunningMock:
        """Run an exchange for a fixture. Raises what MockExchange raises."""
        options = self._options.with_own(own)
        mock = self._stacks[of].enter_context(running(name, **options))
        self._mocks.append((of, name, mock, mock.now_ms()))
        return mock

    def opener(self, *, of: str) -> Callable[..., RunningMock]:
        """Return a function that runs an exchange."""
        return lambda name, **own: self.open(name, own, of=of)

    def close(self, *, of: str) -> None:
        """Stop every exchange of a fixture. Raises what broke one."""
        self._mocks = [each for each in self._mocks if each[0] != of]
        self._stacks.pop(of, ExitStack()).close()

    def end(self) -> None:
        """Nothing is left but what a fixture that failed has opened."""
        with ExitStack() as every:
            for of in tuple(self._stacks):
                every.callback(self.close, of=of)

    def told(self) -> list[Section]:
        """Return what happened last at each exchange."""
        return [_section(name, mock.journal(), origin) for _, name, mock, origin in self._mocks]


class LoopStage:
    """Exchanges, async fixtures and the test on one loop: virtual, unless asked otherwise.

    The clocks of the process follow the loop only while it runs, so that pytest's own
    times are the real ones.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._context = contextvars.copy_context()
        self._mocks: list[tuple[str, str, MockExchange, int]] = []
        self._runner: asyncio.Runner | None = None
        self._loop: VirtualLoop | None = None
        self._broken = False

    def plain(
        self, function: Callable[..., Any], at_end: Callable[[Callable[[], object]], object] | None
    ) -> Callable[..., Any]:
        """Return a coroutine function, or an async generator function, as a plain one.

        ``at_end`` is given what ends the generator.
        """
        if not inspect.isasyncgenfunction(function):
            return lambda **given: self.run(function(**given))
        assert at_end is not None

        def first(**given: Any) -> Any:
            generator = function(**given)

            async def begin() -> Any:
                return await anext(generator)

            async def finish() -> None:
                try:
                    await anext(generator)
                except StopAsyncIteration:
                    return
                raise ValueError(f"async fixture {function.__name__!r} yields more than once")

            value = self.run(begin())
            at_end(lambda: self.run(finish()))
            return value

        return first

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine to its end. Raises NotOver, and ClockError as `clock.run` does."""
        within = self._within(main)
        if self._options.real_time:
            if self._runner is None:
                self._runner = asyncio.Runner()
            return self._runner.run(within, context=self._context)
        if self._loop is None:
            epoch_ms = self._options.each.get("epoch_ms")
            self._loop = VirtualLoop(epoch_ms=DEFAULT_EPOCH_MS if epoch_ms is None else epoch_ms)
        loop = self._loop
        with following(loop):
            try:
                return loop.run_until_complete(loop.create_task(within, context=self._context))
            except ClockError:
                self._broken = True
                raise

    async def _within(self, main: Coroutine[Any, Any, Any]) -> Any:
        limit_s = self._options.within_s
        try:
            async with asyncio.timeout(limit_s) as limit:
                return await main
        except TimeoutError as error:
            if not limit.expired():
                raise
            name = getattr(main, "__qualname__", "it")
            real = "" if self._options.real_time else "virtual "
            raise NotOver(
                f"{name} has not ended within {limit_s:g} s of {real}time; if it is meant to take "
                "longer: @pytest.mark.exchange(within_s=...)"
            ) from error

    def open(self, name: str, own: Mapping[str, Any], *, of: str) -> MockExchange:
        """Run an exchange for a fixture, from outside the loop. Raises what MockExchange raises."""
        mock: MockExchange = self.run(self._open(name, own, of))
        return mock

    async def _open(self, name: str, own: Mapping[str, Any], of: str) -> MockExchange:
        options = self._options.with_own(own)
        mock = MockExchange(name, **options)
        await mock.start()
        self._mocks.append((of, name, mock, mock.now_ms()))
        return mock

    def opener(self, *, of: str) -> Callable[..., Any]:
        """Return a function that runs an exchange: awaited on the loop, at once elsewhere."""

        def exchange(name: str, **own: Any) -> Any:
            if asyncio._get_running_loop() is None:
                return self.open(name, own, of=of)
            return Starting(name, lambda: self._open(name, own, of))

        return exchange

    def close(self, *, of: str) -> None:
        """Stop every exchange of a fixture. Raises what broke one."""
        mocks = [mock for fixture, _, mock, _ in self._mocks if fixture == of]
        self._mocks = [each for each in self._mocks if each[0] != of]
        if mocks:
            with contextlib.suppress(*([ClockError] if self._broken else [])):
                self.run(_stop(mocks))

    def end(self) -> None:
        """Cancel the tasks that are left, and close the loop."""
        if self._runner is not None:
            self._runner.close()
        loop, self._loop, self._runner = self._loop, None, None
        if loop is None:
            return
        with following(loop):
            try:
                # What broke the run breaks its end as well, and has been told.
                with contextlib.suppress(*([ClockError] if self._broken else [])):
                    loop.wind_up()
            finally:
                loop.abandon()

    def told(self) -> list[Section]:
        """Return what happened last at each exchange."""
        return [_section(name, list(mock.journal), origin) for _, name, mock, origin in self._mocks]


class Starting:
    """An exchange that runs once this has been awaited."""

    def __init__(self, name: str, start: Callable[[], Coroutine[Any, Any, MockExchange]]) -> None:
        self._name = name
        self._start = start

    def __await__(self) -> Generator[Any, Any, MockExchange]:
        return self._start().__await__()

    def __getattr__(self, attribute: str) -> Any:
        raise AttributeError(
            f"exchange({self._name!r}) has no {attribute!r} before it is awaited; "
            f"write: mock = await exchange({self._name!r})"
        )


async def _stop(mocks: list[MockExchange]) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for mock in mocks:
            stack.push_async_callback(mock.stop)


def _section(name: str, entries: list[Entry], origin_ms: int) -> Section:
    last = entries[-_SHOWN:]
    lines = [entry.line(origin_ms) for entry in last] or ["  (nothing happened)"]
    return f"{name}: last {len(last)} of {len(entries)} journal entries", "\n".join(lines)
