"""What an engine holds, counted, and a day after which it must hold no more."""

from __future__ import annotations

import gc
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.engine import Engine
from mock_exchanges.core.journal import Entry
from tests.mock_exchanges.bench import Bench

HOURS = 23
SETTLED = 3


def census() -> Counter[str]:
    """Count what could pile up; the journal and the market bound their own."""
    gc.collect()
    kinds = (type(thing) for thing in gc.get_objects())
    return Counter(
        kind.__qualname__
        for kind in kinds
        if kind in (dict, deque, set)
        or (str(kind.__module__).startswith("mock_exchanges.") and kind is not Entry
            and "market" not in str(kind.__module__))
    )  # fmt: skip


def holdings(engine: Engine) -> dict[str, int]:
    """Return how much the engine holds of each kind, but for timers."""
    return {
        "connections": len(engine.connections),
        "armed": len(engine._armed),
        "sessions": len(engine._by_session),
        "topics": len(engine.hub._streams),
        "publications": len(engine.hub._heap),
    }


def a_day(bench: Bench[Any], hour: Callable[[int], None]) -> tuple[int, int]:
    """Let a day pass, to which each ``hour(n)`` brings visitors who leave again.

    One listener to one topic stays, and nothing else may. Return how many timers the
    engine had when it had settled and at the end: superseded ones stay until they are due.
    """
    start = bench.now
    one_listener = dict.fromkeys(holdings(bench.engine), 1)

    def hours(first: int, last: int) -> int:
        for n in range(first, last):
            hour(n)
            bench.run(start + (n + 1) * HOUR_MS)
            for client in bench.clients:
                client.texts.clear()
                client.pings.clear()
        assert (held := holdings(bench.engine)) == one_listener, held
        return len(bench.engine._timers)

    early = hours(0, SETTLED)
    census()  # to count for the first time makes objects of its own
    objects = census()
    late = hours(SETTLED, HOURS)
    assert start < bench.now < start + DAY_MS
    grown = census() - objects
    kept = {kind: n for kind, n in grown.items() if n >= HOURS - SETTLED}
    assert kept == {}, kept
    assert len(bench.journal) <= 20_000, len(bench.journal)
    return early, late
