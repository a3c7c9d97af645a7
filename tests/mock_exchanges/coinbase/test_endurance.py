"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import json

from mock_exchanges.coinbase import wire
from mock_exchanges.coinbase.profile import INTERVALS
from mock_exchanges.core.calendar import HOUR_MS
from tests.mock_exchanges.census import a_day
from tests.mock_exchanges.coinbase.bench import MARKET, MINUTE, OPENED, T0, Bench

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


def test_a_day_leaves_nothing_behind() -> None:
    bench = Bench(limits=False)
    listener = bench.open()
    listener.subscribe(channel="heartbeats")
    listener.subscribe("POWR-USD")

    def hour(n: int) -> None:
        for channel in ("candles", "heartbeats"):
            visitor = bench.open()
            visitor.subscribe("BTC-USD", "BTC-USDC", "POWR-USD", "NOPE", channel=channel)
            bench.run(T0 + n * HOUR_MS + 30_000)
            visitor.unsubscribe("POWR-USD")
            bench.run(T0 + n * HOUR_MS + MINUTE)
            bench.leave(visitor)
        start = T0 // 1000 + n * 3600
        bench.candles(f"start={start - 6_000}&end={start}&granularity=ONE_MINUTE")

    _, timers = a_day(bench, hour)
    assert timers <= 3
    assert bench.exchange.cached_rows <= 23 * 101
    assert listener.closed is None
