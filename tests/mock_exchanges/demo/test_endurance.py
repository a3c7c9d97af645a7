"""A long time on the clock: everything is told, and nothing piles up."""

from __future__ import annotations

import json

from mock_exchanges.core.calendar import HOUR_MS
from mock_exchanges.demo import wire
from mock_exchanges.demo.profile import INTERVALS
from tests.mock_exchanges.census import a_day
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


def test_a_day_leaves_nothing_behind() -> None:
    bench = Bench("token", limits=False)
    listener = bench.open(_target(bench))
    listener.subscribe("candle.15m.POWR-USDT")

    def hour(n: int) -> None:
        visitor = bench.open(_target(bench))
        visitor.subscribe(BTC, "candle.15m.POWR-USDT", "candle.7m.POWR-USDT")
        bench.run(T0 + n * HOUR_MS + 2 * MINUTE)
        bench.leave(visitor)
        silent = bench.open(_target(bench), answers_pings=False)
        bench.run(bench.now + 30 * SECOND)
        assert silent.closed
        bench.leave(silent)
        bench.candles("symbol=BTC-USDT&interval=1m&limit=100")

    early, late = a_day(bench, hour)
    assert early == late <= 3  # superseded ones are dropped when they come up
    assert bench.exchange.cached_rows <= 23 * 100 + 100
    assert listener.closed is None


def _target(bench: Bench) -> str:
    path, query = bench.exchange.samples.handshake(bench.now)
    return f"{path}?{query}"
