"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import json
from collections import Counter

from mock_exchanges.binance import wire
from mock_exchanges.binance.profile import INTERVALS
from mock_exchanges.core.calendar import HOUR_MS
from tests.mock_exchanges.binance.bench import MARKET, MINUTE, T0, Bench
from tests.mock_exchanges.census import a_day

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


def test_a_day_leaves_nothing_behind() -> None:
    bench = Bench(limits=False)
    listener = bench.open("/ws/powrusdt@kline_15m")

    def hour(n: int) -> None:
        for target in ("/ws/bnbusdt@kline_1m", "/stream?streams=BNBUSDT@kline_1m"):
            visitor = bench.open(target)
            visitor.subscribe("powrusdt@kline_15m", id=n)
            bench.run(T0 + n * HOUR_MS + 5 * MINUTE)
            bench.leave(visitor)
        bench.get("/api/v3/klines", "symbol=BNBUSDT&interval=1m&limit=100")

    assert a_day(bench, hour) == (1, 1)
    assert bench.exchange.cached_rows <= 23 * 100 + 100
    assert listener.closed is None
