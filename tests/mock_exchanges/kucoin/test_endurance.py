"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import gc
from collections import Counter, deque

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.journal import Entry
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.profile import INTERVALS
from tests.mock_exchanges.kucoin.bench import BTC, MARKET, MINUTE, POWR, T0, Bench


def test_an_hours_candles_are_the_ledgers() -> None:
    bench = Bench()
    client = bench.open(pings=True)
    intervals = ("1min", "5min")
    topics = [f"{pair}_{interval}" for pair in MARKET.pairs for interval in intervals]
    client.subscribe(f"/market/candles:{','.join(topics)}")
    bench.run(T0 + HOUR_MS + 2_000)
    last: dict[tuple[str, str], list[str]] = {}
    for push in client.pushes:
        row = push["data"]["candles"]
        last[push["topic"], row[0]] = row
    for pair in MARKET.pairs:
        for interval in intervals:
            grid = INTERVALS[interval]
            for candle in MARKET.candles(pair, grid, T0, T0 + HOUR_MS):
                key = f"/market/candles:{pair}_{interval}", str(candle.open_ms // 1000)
                if candle.trades:
                    told = '["' + '","'.join(last[key]) + '"]'
                    assert told == wire.row(candle)
                elif key in last:
                    assert last[key][5:] == ["0", "0"]
    assert client.ended is None


def census() -> Counter[str]:
    """Count what could pile up; the journal and the market bound their own."""
    gc.collect()
    kinds = (type(thing) for thing in gc.get_objects())
    return Counter(
        kind.__qualname__
        for kind in kinds
        if kind in (dict, deque)
        or (str(kind.__module__).startswith("mock_exchanges.") and kind is not Entry
            and "market" not in str(kind.__module__))
    )  # fmt: skip


def test_a_day_leaves_nothing_behind() -> None:
    bench = Bench(limits=False)
    listener = bench.open(pings=True)
    listener.subscribe(POWR.replace("1min", "15min"))

    def hours(first: int, last: int) -> None:
        for n in range(first, last):
            for target in (None, "/?token=garbage"):
                visitor = bench.open(target)
                visitor.subscribe(BTC, id=n)
                bench.run(T0 + n * HOUR_MS + 5 * MINUTE)
                bench.engine.lost(visitor.connection, bench.now)
                bench.clients.remove(visitor)
            bench.get("/api/v1/market/candles", "symbol=BTC-USDT&type=1min")
            bench.run(T0 + (n + 1) * HOUR_MS)
            listener.texts.clear()

    def sizes() -> dict[str, int]:
        engine = bench.engine
        return {
            "connections": len(engine.connections),
            "armed": len(engine._armed),
            "sessions": len(engine._by_session),
            "topics": len(engine.hub._streams),
            "publications": len(engine.hub._heap),
        }

    hours(0, 4)
    early = sizes()
    objects = census()
    hours(4, 23)
    assert bench.now < T0 + DAY_MS
    assert sizes() == early == {
        "connections": 1, "armed": 1, "sessions": 1, "topics": 1, "publications": 1,
    }  # fmt: skip
    assert len(bench.engine._timers) < 10
    assert len(bench.journal) <= 20_000
    assert bench.exchange.cached_rows <= 23 * 100
    assert listener.ended is None
    grown = census() - objects
    assert {kind: n for kind, n in grown.items() if n > 20} == {}
