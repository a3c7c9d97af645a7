"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

from mock_exchanges.core.calendar import HOUR_MS
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.profile import INTERVALS
from tests.mock_exchanges.census import a_day
from tests.mock_exchanges.kucoin.bench import BTC, MARKET, MINUTE, POWR, T0, Bench


def test_an_hours_candles_are_the_ledgers() -> None:
    bench = Bench()
    client = bench.pinging()
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


def test_a_day_leaves_nothing_behind() -> None:
    bench = Bench(limits=False)
    listener = bench.pinging()
    listener.subscribe(POWR.replace("1min", "15min"))

    def hour(n: int) -> None:
        for target in (None, "/?token=garbage"):
            visitor = bench.open(target)
            visitor.subscribe(BTC, id=n)
            bench.run(T0 + n * HOUR_MS + 5 * MINUTE)
            bench.leave(visitor)
        bench.get("/api/v1/market/candles", "symbol=BTC-USDT&type=1min")

    _, timers = a_day(bench, hour)
    assert timers < 10
    assert bench.exchange.cached_rows <= 23 * 100
    assert listener.ended is None
