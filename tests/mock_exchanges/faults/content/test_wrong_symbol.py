"""wrong-symbol: a candle of a pair for which nobody asked."""

from __future__ import annotations

import pytest

from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.faults import WrongSymbol
from mock_exchanges.faults.content.places import place
from mock_exchanges.registry import create
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    heard_with,
    heard_without,
    live,
    record,
)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_it_comes_before_each_candle(exchange: str) -> None:
    async def act(one: Client) -> tuple[list[tuple[str, str] | None], list[str], str, str]:
        heard = live(await record(one, 20))
        about = [one.samples.about(each.text) for each in heard]
        right = [
            each.bare for each in heard if one.samples.about(each.text) == (one.pair, one.interval)
        ]
        return about, right, one.pair, one.interval

    first = 1 if exchange == "okx" else 0
    about, right, pair, interval = with_fault(WrongSymbol(), act, exchange)
    other = about[first]
    assert other is not None
    assert other[0] != pair
    assert about[first:] == [other, (pair, interval)] * (len(about[first:]) // 2)
    assert right == [each.bare for each in live(heard_without(exchange))]


@pytest.mark.parametrize("exchange", ["demo", "coinbase"])
def test_the_pair_asked_for(exchange: str) -> None:
    heard = heard_with(WrongSymbol(pair="ETH-BTC"), exchange)
    assert any("ETH-BTC" in each.text for each in heard)


def test_an_unknown_pair_is_refused_when_it_is_added() -> None:
    async def main() -> None:
        async with client() as one:
            with pytest.raises(ValueError, match=r"pair is 'ETH-BTX'.*did you mean 'ETH-BT"):
                one.mock.add_fault(WrongSymbol(pair="ETH-BTX"))
            assert not one.mock.faults

    play(main)


def test_a_market_of_one_pair_refuses_it() -> None:
    async def main() -> None:
        async with client("demo", pairs=["BTC-USDT"]) as one:
            with pytest.raises(ValueError, match="no other pair than BTC-USDT"):
                one.mock.add_fault(WrongSymbol())
            await one.is_well()

    play(main)


@pytest.mark.parametrize(
    ("exchange", "topic", "pair", "interval", "tail"),
    [
        ("binance", "btcusdt@kline_1m@+08:00", "BTC-USDT", "1m", "@+08:00"),
        ("binance", "btcusdt@kline_1M", "BTC-USDT", "1M", ""),
        ("okx", "candle1m:BTC-USDT", "BTC-USDT", "1m", ""),
        ("kucoin", "/market/candles:ETH-BTC_15min", "ETH-BTC", "15min", ""),
        ("coinbase", "candles:BTC-USD", "BTC-USD", "FIVE_MINUTE", ""),
    ],
)
def test_topics_are_taken_apart(
    exchange: str, topic: str, pair: str, interval: str, tail: str
) -> None:
    found = place(create(exchange, Market(1), Journal()), topic)
    assert (found.pair, found.interval.name, found.tail) == (pair, interval, tail)
