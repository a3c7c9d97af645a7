"""The adapter under judgement: every call to it goes through here and is kept as it came.

Sync and async methods are called alike. A method that blocks the event loop is
called again in a thread, as a host program would have to, and remembered for the
check that is about just that.
"""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance.contract import Reading, is_reply, read_candle
from conformance.network import Network
from conformance.process.blame import Blame, Cancels, is_subjects
from conformance.verdict import shortened

# characters of what an exception says that a reader is shown
_SAID = 1000

# virtual seconds after which a call of an adapter counts as never coming back
PATIENCE_S = 900.0

_WS_METHODS = (
    "get_ws_url",
    "get_ws_subscription_payload",
    "parse_ws_message",
    "get_ws_supported_intervals",
)
_METHODS = ("get_trading_pair_format", "get_supported_intervals")
_FETCHES = ("fetch_rest_candles", "fetch_rest_candles_synchronous")


_HOME = Path(__file__).parent


class NoResult(TimeoutError):
    """A method of the adapter does not come back; the text says after what time."""


def said(error: BaseException) -> str:
    """Return what an exception says; making that text may fail as well."""
    try:
        return shortened(str(error), _SAID)
    except Exception as another:
        return f"(its text raises {type(another).__name__})"


class AdapterRaised(Exception):
    """A method of the adapter raised; ``error`` is what, ``method`` where."""

    def __init__(self, method: str, error: BaseException) -> None:
        if isinstance(error, NoResult):
            super().__init__(f"the adapter hangs: {method} gave {error}")
        elif isinstance(error, Cancels):
            super().__init__(f"{method} cancels the task that calls it")
        else:
            text = f"{method} raised {type(error).__name__}: {said(error)}"
            super().__init__(text.removesuffix(": "))
        self.method = method
        self.error = error

    @property
    def trail(self) -> str:
        """The last lines of the adapter's own traceback."""
        frames = traceback.extract_tb(self.error.__traceback__)
        own = [f for f in frames if not Path(f.filename).is_relative_to(_HOME)][-3:]
        return "\n".join(f"{f.filename}:{f.lineno} in {f.name}: {f.line}" for f in own)


class NoWebSocket(Exception):
    """The adapter has no WebSocket: it says so with [] or NotImplementedError."""


class Parsed:
    """What `parse_ws_message` gave for one frame."""

    __slots__ = ("candles", "raw", "reply")

    def __init__(self, raw: Any, candles: list[Any], reply: Any) -> None:
        self.raw = raw
        self.candles = candles
        self.reply = reply

    def readings(self) -> list[Reading]:
        """Return the candles, read. Raises Unreadable."""
        return [read_candle(candle) for candle in self.candles]


class Subject:
    """One adapter instance. Its methods raise AdapterRaised where the adapter raises."""

    def __init__(self, adapter: Any, network: Network, client: Any) -> None:
        self.adapter = adapter
        # method -> the host it waited for while it blocked the event loop
        self.blocked: dict[str, str] = {}
        # the methods that have been called and have not come back
        self.running: list[str] = []
        self._network = network
        self._client = client

    def missing(self) -> list[str]:
        """Return the names of methods that an adapter must have and this one has not."""
        lacking = [name for name in _METHODS if not self._has(name)]
        ws = [name for name in _WS_METHODS if not self._has(name)]
        if len(ws) < len(_WS_METHODS):  # none at all means REST only
            lacking += ws
        if not any(self._has(name) for name in _FETCHES):
            lacking.append(" or ".join(_FETCHES))
        return lacking

    def _has(self, name: str) -> bool:
        try:
            return callable(getattr(self.adapter, name, None))
        except BaseException as error:  # a property that raises: there, and told when it is used
            if not is_subjects(error):
                raise
            return True

    def _method(self, name: str) -> Callable[..., Any]:
        try:
            method: Callable[..., Any] | None = getattr(self.adapter, name, None)
        except BaseException as error:
            if not is_subjects(error):
                raise
            raise AdapterRaised(name, error) from error
        if not callable(method):
            raise AdapterRaised(name, AttributeError(f"the adapter has no method {name}"))
        return method

    async def symbol(self, pair: str) -> Any:
        """Return what `get_trading_pair_format` gives."""
        return await self._call("get_trading_pair_format", pair)

    async def intervals(self) -> Any:
        """Return what `get_supported_intervals` gives."""
        return await self._call("get_supported_intervals")

    async def claimed(self) -> Any:
        """Return what `get_ws_supported_intervals` gives, as it is.

        Raises NoWebSocket if the method is absent or not implemented.
        """
        return await self._ws_call("get_ws_supported_intervals")

    async def streamed(self) -> list[str]:
        """Return the streamed intervals. Raises NoWebSocket if there are none."""
        claimed = await self.claimed()
        if isinstance(claimed, Iterable) and not isinstance(claimed, (str, bytes)):
            intervals = [item for item in claimed if isinstance(item, str)]
        else:
            intervals = []
        if not intervals:
            raise NoWebSocket("get_ws_supported_intervals gives none: REST only")
        return intervals

    async def ws_url(self) -> Any:
        """Return what `get_ws_url` gives, awaited if need be."""
        return await self._ws_call("get_ws_url")

    async def payloads(self, pair: str, interval: str) -> list[Any]:
        """Return the subscription payloads: one, several, or none."""
        made = await self._ws_call("get_ws_subscription_payload", pair, interval)
        if made is None:
            return []
        if isinstance(made, (list, tuple)) and all(
            isinstance(item, (Mapping, str)) or hasattr(item, "payload") for item in made
        ):
            return list(made)
        return [made]

    async def parse(self, data: Any) -> Parsed:
        """Return what `parse_ws_message` makes of one decoded frame."""
        raw = await self._ws_call("parse_ws_message", data)
        if raw is None:
            return Parsed(raw, [], None)
        if is_reply(raw):
            return Parsed(raw, [], raw)
        if isinstance(raw, Mapping) or hasattr(raw, "timestamp") or not isinstance(raw, Iterable):
            return Parsed(raw, [raw], None)  # one candle, which may be iterable itself
        try:
            items = list(raw)
        except BaseException as error:  # a generator runs only now
            if not is_subjects(error):
                raise
            raise AdapterRaised("parse_ws_message", error) from error
        replies = [item for item in items if is_reply(item)]
        candles = [item for item in items if not is_reply(item)]
        return Parsed(raw, candles, replies[0] if replies else None)

    async def fetch(
        self,
        pair: str,
        interval: str,
        start_s: int | None = None,
        limit: int | None = None,
        name: str | None = None,
    ) -> list[Any]:
        """Fetch candles by REST, by any way the adapter has; ``start_s`` in seconds."""
        name = name or next(iter(self.fetches()), _FETCHES[0])
        offered: dict[str, Any] = {"start_time": start_s, "network_client": self._client}
        if limit is not None:
            offered["limit"] = limit
        parameters = inspect.signature(self._method(name)).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            offered = {key: value for key, value in offered.items() if key in parameters}
        rows = await self._call(name, pair, interval, **offered)
        if rows is None or isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
            raise AdapterRaised(
                name, TypeError(f"it returned {rows!r}, expected a list of candles")
            )
        try:
            return list(rows)
        except BaseException as error:  # a generator runs only now
            if not is_subjects(error):
                raise
            raise AdapterRaised(name, error) from error

    def fetches(self) -> list[str]:
        """Return the names of the fetch methods that the adapter has."""
        return [name for name in _FETCHES if self._has(name)]

    def is_async(self, name: str) -> bool:
        """Return whether a method is written as ``async def``."""
        return inspect.iscoroutinefunction(self._method(name))

    def optional(self, name: str) -> Any:
        """Return the value of an optional attribute or method without arguments, or None."""
        try:
            value = getattr(self.adapter, name, None)
            return value() if callable(value) else value
        except NotImplementedError:
            return None
        except BaseException as error:
            if not is_subjects(error):
                raise
            raise AdapterRaised(name, error) from error

    async def _ws_call(self, name: str, *args: Any) -> Any:
        if not self._has(name):
            raise NoWebSocket(f"the adapter has no {name}: REST only")
        try:
            return await self._call(name, *args)
        except AdapterRaised as raised:
            if isinstance(raised.error, NotImplementedError):
                raise NoWebSocket(f"{name} raises NotImplementedError: REST only") from raised
            raise

    async def _call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        method = self._method(name)
        return await self.guarded(name, lambda: method(*args, **kwargs))

    async def guarded(self, name: str, call: Callable[[], Any]) -> Any:
        """Call the adapter; where it blocks the event loop, call it again in a thread."""
        self.running.append(name)
        try:
            result = await self._guarded(name, call)
        except AdapterRaised:
            self.running.remove(name)
            raise
        self.running.remove(name)  # not what was cut off
        return result

    async def _guarded(self, name: str, call: Callable[[], Any]) -> Any:
        in_thread = name.endswith("_synchronous")
        before = len(self._network.blocking)
        patience: asyncio.Timeout | None = None
        blame = Blame()
        try:
            if in_thread:
                return await asyncio.to_thread(call)
            result = call()
            await blame.settle()
            if inspect.isawaitable(result):
                async with asyncio.timeout(PATIENCE_S) as patience:
                    result = await result
            if len(self._network.blocking) == before:
                return result
        except BaseException as error:
            if not blame.falls(error):
                raise
            if len(self._network.blocking) == before:
                if patience is not None and patience.expired():
                    late = NoResult(f"no result after {PATIENCE_S:g} virtual seconds")
                    raise AdapterRaised(name, late) from error
                raise AdapterRaised(name, error) from error
        self.blocked.setdefault(name, self._network.blocking[before])
        try:
            return await asyncio.to_thread(_run_alone, call)
        except BaseException as error:
            if not blame.falls(error):
                raise
            raise AdapterRaised(name, error) from error


def _run_alone(call: Callable[[], Any]) -> Any:
    """Run a blocking call in this thread, with a loop of its own if it is async."""
    result = call()
    if inspect.isawaitable(result):

        async def finish() -> Any:
            return await result

        return asyncio.run(finish())
    return result
