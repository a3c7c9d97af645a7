"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import gc
import json
from collections import Counter, deque

from mock_exchanges.coinbase import wire
from mock_exchanges.coinbase.profile import INTERVALS
from mock_exchanges.core.calendar import DAY_MS, HOUR_MS
from mock_exchanges.core.journal import Entry
from tests.mock_exchanges.coinbase.bench import MARKET, MINUTE, OPENED, ROOT, T0, Bench

FIVE = INTERVALS["FIVE_MINUTE"]


def test_an_hours_last_updates_are_the_ledgers_candles() -> None:
    bench = Bench(now=OPENED + 100)
    client = bench.open()
    client.subscribe(channel="heartbeats")
    client.subscribe(*MARKET.pairs)
    bench.run(OPENED + HOUR_MS + 500)
    last: dict[tuple[str, int], object] = {}
    for row in client.candles():
        start = int(row["start"]) * 1000
        newer = [at for pair, at in last if pair == row["product_id"] and at > start]
        assert not newer
        last[row["product_id"], start] = row
    expected = {
        (pair, candle.open_ms): json.loads(wire.row(candle)) | {"product_id": pair}
        for pair in MARKET.pairs
        for candle in MARKET.candles(pair, FIVE, OPENED, OPENED + HOUR_MS)
        if candle.trades
    }
    assert {key: row for key, row in last.items() if key[1] < OPENED + HOUR_MS} == expected
    assert len(expected) == 12 * len(MARKET.pairs)
    assert len(client.of("heartbeats")) == 3_601  # the first one at once
    numbers = [frame["sequence_num"] for frame in client.frames]
    assert numbers == list(range(len(numbers)))
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
    listener = bench.open()
    listener.subscribe(channel="heartbeats")
    listener.subscribe("POWR-USD")

    def hours(first: int, last: int) -> None:
        for n in range(first, last):
            for channel in ("candles", "heartbeats"):
                visitor = bench.open()
                visitor.subscribe("BTC-USD", "BTC-USDC", "POWR-USD", "NOPE", channel=channel)
                bench.run(T0 + n * HOUR_MS + 30_000)
                visitor.unsubscribe("POWR-USD")
                bench.run(T0 + n * HOUR_MS + MINUTE)
                bench.engine.lost(visitor.connection, bench.now)
                bench.clients.remove(visitor)
            start = T0 // 1000 + n * 3600
            bench.get(
                f"{ROOT}/market/products/BTC-USD/candles",
                f"start={start - 6_000}&end={start}&granularity=ONE_MINUTE",
            )
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

    hours(0, 3)
    early = sizes()
    objects = census()
    hours(3, 23)
    assert bench.now < T0 + DAY_MS
    assert sizes() == early == dict.fromkeys(early, 1)
    assert len(bench.engine._timers) <= 3
    assert len(bench.journal) <= 20_000
    assert bench.exchange.cached_rows <= 23 * 101
    assert listener.closed is None
    grown = census() - objects
    assert {kind: n for kind, n in grown.items() if n > 20} == {}
