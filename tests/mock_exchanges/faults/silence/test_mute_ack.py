"""mute-ack: no confirmation comes; candles do, or do not, as said."""

from __future__ import annotations

from typing import Any

import pytest

from mock_exchanges.faults import MuteAck
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, with_fault

CONFIRMS = {
    "demo": '"type":"subscribed"',
    "binance": '"result":null',
    "coinbase": '"channel":"subscriptions"',
    "okx": '"event":"subscribe"',
    "kucoin": '"type":"ack"',
}
ETH = "candle.1m.ETH-BTC"


async def told(one: Client) -> tuple[int, int]:
    """Return how many confirmations and how many candles the client hears."""
    ws = await one.subscribed()
    texts = [str(each.data) for each in await one.hears(ws, 24)]
    confirms = CONFIRMS[one.mock.exchange.name.partition("@")[0]]
    return sum(confirms in text for text in texts), sum(one.tells(text) for text in texts)


@pytest.mark.parametrize("exchange", CONFIRMS)
def test_candles_come_unconfirmed(exchange: str) -> None:
    confirmed, candles = with_fault(MuteAck(), told, exchange)
    assert confirmed == 0
    assert candles >= 2
    # the mirror: where the fault means somebody else, confirmations come
    confirmed, candles = with_fault(MuteAck(from_connection=2), _first_of_two, exchange)
    assert confirmed >= 1


async def _first_of_two(one: Client) -> tuple[int, int]:
    found = await told(one)
    await told(one)
    return found


@pytest.mark.parametrize("exchange", CONFIRMS)
def test_nor_do_candles(exchange: str) -> None:
    assert with_fault(MuteAck(data=False), told, exchange) == (0, 0)


def subscribed(answers: list[Any]) -> list[str]:
    return [each["channel"] for each in answers if each.get("type") == "subscribed"]


def test_only_what_was_not_confirmed_is_silent_and_a_refusal_still_comes() -> None:
    bench = Bench()
    one = bench.open()
    install(MuteAck(data=False, after=1), bench.engine, 1, 1, T0)
    assert subscribed(one.subscribe(BTC)) == [BTC]
    assert one.subscribe(ETH) == []
    (refusal,) = one.subscribe("candle.1m.NOPE-USDT")
    assert "subscribed" not in str(refusal.get("type"))
    bench.run(T0 + MINUTE)
    assert {frame["channel"] for _, frame in one.candles} == {BTC}


def test_a_stream_can_be_meant() -> None:
    bench = Bench()
    one = bench.open()
    install(MuteAck(stream="ETH-BTC"), bench.engine, 1, 1, T0)
    assert subscribed(one.subscribe(BTC)) == [BTC]
    assert subscribed(one.subscribe(ETH)) == []


def test_removed_candles_and_confirmations_come() -> None:
    bench = Bench()
    one = bench.open()
    active = install(MuteAck(data=False), bench.engine, 1, 1, T0)
    one.subscribe(BTC)
    bench.run(T0 + 20 * SECOND)
    assert one.texts == []
    uninstall(active, bench.now)
    assert subscribed(one.subscribe(ETH)) == [ETH]
    bench.run(T0 + MINUTE)
    assert {frame["channel"] for _, frame in one.candles} == {BTC, ETH}
