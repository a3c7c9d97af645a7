"""Scriptable mock exchanges, true on the wire: REST and WebSocket candles."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_exchanges.core.actions import Close, Drop
    from mock_exchanges.core.market import Market
    from mock_exchanges.core.pair import Pair
    from mock_exchanges.registry import UnknownExchange, names
    from mock_exchanges.server.mock import MockExchange
    from mock_exchanges.server.threaded import running
    from mock_exchanges.server.tls import Authority
    from mock_exchanges.server.waiting import NotInTime

# Imported when asked for: the package is imported by every pytest run that has it
# installed, and aiohttp alone takes longer than all the rest.
_HOMES = {
    "Authority": "mock_exchanges.server.tls",
    "Close": "mock_exchanges.core.actions",
    "Drop": "mock_exchanges.core.actions",
    "Market": "mock_exchanges.core.market",
    "MockExchange": "mock_exchanges.server.mock",
    "NotInTime": "mock_exchanges.server.waiting",
    "Pair": "mock_exchanges.core.pair",
    "UnknownExchange": "mock_exchanges.registry",
    "names": "mock_exchanges.registry",
    "running": "mock_exchanges.server.threaded",
}

__all__ = [
    "Authority",
    "Close",
    "Drop",
    "Market",
    "MockExchange",
    "NotInTime",
    "Pair",
    "UnknownExchange",
    "names",
    "running",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
