"""never-start: confirmed, and no candle ever; what flows already is left alone."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import NeverStart
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench, Client
from tests.mock_exchanges.faults import bench as sockets
from tests.mock_exchanges.faults.silence.test_mute_ack import CONFIRMS, told

ETH, POWR = "candle.1m.ETH-BTC", "candle.1m.POWR-USDT"


def flows(one: Client, since: int = T0) -> set[str]:
    """Return the channels of which candle messages or snapshots came after a time."""
    return {
        frame["channel"]
        for at, frame in one.got_at
        if at > since and frame.get("type") in ("candle", "snapshot")
    }


@pytest.mark.parametrize("exchange", CONFIRMS)
def test_confirmed_and_silent_also_after_connecting_anew(exchange: str) -> None:
    async def act(one: sockets.Client) -> list[tuple[int, int]]:
        return [await told(one), await told(one)]

    found = sockets.with_fault(NeverStart(), act, exchange)
    assert all(confirmed >= 1 for confirmed, _ in found)
    assert [candles for _, candles in found] == [0, 0]


def test_candles_that_flow_already_go_on() -> None:
    async def main() -> None:
        async with sockets.client("binance") as one:
            ws = await one.subscribed()
            await one.candles(ws, 2)
            one.mock.add_fault(NeverStart())
            await one.candles(ws, 5)
            assert await told(one) == (1, 0)
            await one.candles(ws, 5)

    sockets.play(main)


def test_a_new_subscription_of_an_old_connection_is_struck() -> None:
    bench = Bench()
    one = bench.open()
    one.subscribe(BTC)
    active = install(NeverStart(), bench.engine, 1, 1, T0)
    (confirmed,) = one.subscribe(ETH)
    assert confirmed["type"] == "subscribed"
    bench.run(T0 + MINUTE)
    assert flows(one) == {BTC}
    # who leaves and subscribes anew is new
    one.say({"method": "unsubscribe", "params": [BTC], "id": 2})
    one.subscribe(BTC)
    bench.run(T0 + 2 * MINUTE)
    assert flows(one, T0 + MINUTE) == set()
    uninstall(active, bench.now)
    bench.run(T0 + 3 * MINUTE)
    assert flows(one, T0 + 2 * MINUTE) == {BTC, ETH}


@pytest.mark.parametrize(
    ("fault", "flowing"),
    [
        (NeverStart(), set()),
        (NeverStart(after=1), {BTC}),
        (NeverStart(every=2), {ETH}),
        (NeverStart(times=1), {ETH, POWR}),
        (NeverStart(stream="ETH"), {BTC, POWR}),
        (NeverStart(connection=2), {BTC, ETH, POWR}),
        # struck while it was in force, silent ever after
        (NeverStart(for_s=1.5), {ETH, POWR}),
        (NeverStart(from_s=1.5), {BTC}),
    ],
)
def test_the_scope_counts_subscriptions(fault: NeverStart, flowing: set[str]) -> None:
    bench = Bench()
    one = bench.open()
    install(fault, bench.engine, 1, 1, T0)
    for number, channel in enumerate((BTC, ETH, POWR), 1):
        one.subscribe(channel)
        bench.run(T0 + number * 2 * SECOND)
    bench.run(T0 + 2 * MINUTE)
    assert flows(one, T0 + MINUTE) == flowing
