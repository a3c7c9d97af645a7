"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import json
from collections import Counter

from mock_exchanges.core.calendar import HOUR_MS
from mock_exchanges.okx import wire
from mock_exchanges.okx.intervals import INTERVALS
from tests.mock_exchanges.census import a_day
from tests.mock_exchanges.okx.bench import CANDLES, MARKET, MINUTE, T0, Bench


def test_an_hour_tells_every_end_and_every_value_is_the_ledgers() -> None:
    bench = Bench()
    client = bench.open()
    names = [f"candle{bar}:{pair}" for pair in MARKET.pairs for bar in ("1m", "5m", "1Dutc")]
    client.subscribe(*names)
    first = len(names)
    bench.run(T0 + HOUR_MS + 5_000)
    ends: Counter[str] = Counter()
    for at, topic, row in client.pushes[first:]:
        channel, pair = topic.split(":")
        grid = INTERVALS[channel.removeprefix("candle")]
        done = row[8] == "1"
        ends[topic] += done
        candle = MARKET.candle(pair, grid, int(row[0])) if done else MARKET.at(pair, grid, at)
        assert candle is not None
        assert row == json.loads(wire.row(candle))
    # The hour has 61 minute boundaries in reach, the first at its very beginning.
    assert T0 % (5 * MINUTE) == 0
    counts = {"candle1m": 61, "candle5m": 13, "candle1Dutc": 0}
    assert ends == {name: counts[name.split(":")[0]] for name in names}
    assert client.closed is None


def test_a_day_leaves_nothing_behind() -> None:
    bench = Bench(limits=False)
    listener = bench.open()
    listener.subscribe("candle1m:ETH-USDT")

    def hour(n: int) -> None:
        for name in ("candle1m:BTC-USDT", "candle1Dutc:ETH-USDT"):
            visitor = bench.open()
            visitor.subscribe(name, "candle15m:XYZ-USDT", id=n)
            visitor.keep_alive(T0 + n * HOUR_MS + 5 * MINUTE)
            bench.leave(visitor)
        bench.get(CANDLES, "instId=BTC-USDT&limit=100")

    assert a_day(bench, hour) == (1, 1)
    assert bench.exchange.cached_rows <= 23 * 100 + 100
    assert listener.closed is None
