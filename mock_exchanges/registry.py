"""Which exchanges there are, and how one is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.nearest import nearest

# name -> "module:factory"; a factory is called as factory(market, journal, profile_date),
# and with limits=False where the rate limits are to be lifted
_BUILT_IN = {
    "binance": "mock_exchanges.binance:create",
    "coinbase": "mock_exchanges.coinbase:create",
    "demo": "mock_exchanges.demo:create",
    "kucoin": "mock_exchanges.kucoin:create",
    "okx": "mock_exchanges.okx:create",
}


# where installed packages announce exchanges of their own, in the same form
_GROUP = "mock_exchanges"


class UnknownExchange(ValueError):
    """No exchange of that name; the message names the nearest one."""


@cache
def _known() -> dict[str, str]:
    announced = {point.name: point.value for point in entry_points(group=_GROUP)}
    return {**announced, **_BUILT_IN}


def names() -> list[str]:
    """Return the names of the exchanges that can be made, sorted."""
    return sorted(_known())


def create(
    spec: str,
    market: Market | None = None,
    journal: Journal | None = None,
    *,
    limits: bool = True,
) -> Exchange:
    """Make an exchange from ``NAME``, ``NAME@DATE`` (a dated profile) or ``module:factory``.

    ``limits=False`` lifts its rate limits.
    Raises UnknownExchange for a name that is not known, naming the nearest.
    """
    name, _, date = spec.partition("@")
    target = name if ":" in name else _known().get(name)
    if target is None:
        near = nearest(name, names())
        hint = f"; did you mean {near!r}?" if near else ""
        raise UnknownExchange(f"exchange {name!r} is not known{hint} (known: {', '.join(names())})")
    module, _, attribute = target.partition(":")
    try:
        factory: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UnknownExchange(f"exchange {name!r} cannot be made: {error}") from error
    options = {} if limits else {"limits": False}
    # An empty journal is false; only a missing one is replaced.
    journal = Journal() if journal is None else journal
    made: Exchange = factory(market or Market(), journal, date or None, **options)
    return made
