"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import gc
import json
from collections import Counter, deque

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.journal import Entry
from mock_exchanges.demo import wire
from mock_exchanges.demo.profile import INTERVALS
from tests.mock_exchanges.demo.bench import BTC, MARKET, MINUTE, SECOND, T0, Bench


def test_an_hour_tells_every_candle_whole() -> None:
    bench = Bench()
    client = bench.open()
    channels = [wire.channel(pair, each) for pair in MARKET.pairs for each in ("1m", "5m", "1h")]
    client.subscribe(*channels)
    bench.run(T0 + HOUR_MS + 20)
    newest: dict[tuple[str, int], str] = {}
    for at, frame in client.candles:
        assert at == frame["ts"]
        newest[frame["channel"], frame["data"]["t"]] = json.dumps(
            frame["data"], separators=(",", ":")
        )
    for channel in channels:
        _, interval, pair = channel.split(".")
        grid = INTERVALS[interval]
        for candle in MARKET.candles(pair, grid, T0, T0 + HOUR_MS):
            if candle.end_ms <= T0 + HOUR_MS:
                assert newest[channel, candle.open_ms] == wire.candle(candle)
    assert len(client.pings) == 240
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
    bench = Bench("token", limits=False)
    listener = bench.open(_target(bench))
    listener.subscribe("candle.15m.POWR-USDT")

    def hours(first: int, last: int) -> None:
        for n in range(first, last):
            visitor = bench.open(_target(bench))
            visitor.subscribe(BTC, "candle.15m.POWR-USDT", "candle.7m.POWR-USDT")
            bench.run(T0 + n * HOUR_MS + 2 * MINUTE)
            bench.engine.lost(visitor.connection, bench.now)
            silent = bench.open(_target(bench), answers_pings=False)
            bench.run(bench.now + 30 * SECOND)
            assert silent.closed
            bench.clients[1:] = []
            bench.candles("symbol=BTC-USDT&interval=1m&limit=100")
            bench.run(T0 + (n + 1) * HOUR_MS)
            listener.got_at.clear()
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

    hours(0, 3)
    early = sizes()
    objects = census()
    hours(3, 23)
    assert bench.now < T0 + DAY_MS
    assert listener.closed is None
    assert early["timers"] <= 3  # superseded ones are dropped when they come up
    assert sizes() == early
    assert {**early, "timers": 1} == {
        "connections": 1, "timers": 1, "armed": 1, "sessions": 1, "topics": 1, "publications": 1,
    }  # fmt: skip
    assert len(bench.journal) <= 20_000
    assert bench.exchange.cached_rows <= 23 * 100 + 100
    grown = census() - objects
    assert {kind: n for kind, n in grown.items() if n > 20} == {}


def _target(bench: Bench) -> str:
    path, query = bench.exchange.samples.handshake(bench.now)
    return f"{path}?{query}"
