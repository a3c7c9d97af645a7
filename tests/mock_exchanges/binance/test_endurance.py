"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import gc
import json
from collections import Counter, deque

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import INTERVALS
from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.journal import Entry
from tests.mock_exchanges.binance.bench import MARKET, MINUTE, T0, Bench

NAMES = {wire.symbol(pair): name for name, pair in MARKET.pairs.items()}


def test_an_hour_tells_every_close_and_every_value_is_the_ledgers() -> None:
    bench = Bench()
    names = [f"{symbol.lower()}@kline_{interval}" for symbol in NAMES for interval in ("1m", "5m")]
    client = bench.open(f"/stream?streams={'/'.join(names)}")
    bench.run(T0 + HOUR_MS + 100)
    closes: Counter[str] = Counter()
    for frame in client.frames:
        event = frame["data"]
        k, grid = event["k"], INTERVALS[event["k"]["i"]]
        closes[frame["stream"]] += k["x"]
        name = NAMES[event["s"]]
        candle = (MARKET.candle(name, grid, k["t"]) if k["x"]
                  else MARKET.at(name, grid, event["E"]))  # fmt: skip
        assert candle is not None
        written = wire.event(candle, event["s"], k["i"], event["E"], closed=k["x"])
        assert event == json.loads(written)
    # The hour has 61 minute boundaries in reach, the first at its very beginning.
    assert T0 % (5 * MINUTE) == 0
    assert closes == {name: 61 if name.endswith("1m") else 13 for name in names}
    assert len(client.pings) == 180
    assert client.closed is None


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
    listener = bench.open("/ws/powrusdt@kline_15m")

    def hours(first: int, last: int) -> None:
        for n in range(first, last):
            for target in ("/ws/bnbusdt@kline_1m", "/stream?streams=BNBUSDT@kline_1m"):
                visitor = bench.open(target)
                visitor.subscribe("powrusdt@kline_15m", id=n)
                bench.run(T0 + n * HOUR_MS + 5 * MINUTE)
                bench.engine.lost(visitor.connection, bench.now)
                bench.clients.remove(visitor)
            bench.get("/api/v3/klines", "symbol=BNBUSDT&interval=1m&limit=100")
            bench.run(T0 + (n + 1) * HOUR_MS)
            listener.texts.clear()
            listener.pings.clear()

    def sizes() -> dict[str, int]:
        engine = bench.engine
        return {
            "connections": len(engine.connections),
            "timers": len(engine._timers),
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
        "connections": 1, "timers": 1, "armed": 1, "sessions": 1, "topics": 1, "publications": 1,
    }  # fmt: skip
    assert len(bench.journal) <= 20_000
    assert bench.exchange.cached_rows <= 23 * 100 + 100
    assert listener.closed is None
    grown = census() - objects
    assert {kind: n for kind, n in grown.items() if n > 20} == {}
