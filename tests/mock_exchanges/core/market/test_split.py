"""Splitting bars and making trades of them, at the edges of what is allowed."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mock_exchanges.core.market import LEAST_TRADES
from mock_exchanges.core.market.bar import Bar, join
from mock_exchanges.core.market.split import UNITS, split
from mock_exchanges.core.market.trades import trades_of


@st.composite
def bars(draw: st.DrawFn, least: int) -> Bar:
    low = draw(st.integers(500, 10**6))
    high = low + draw(st.integers(3, 2_000))
    open_ = draw(st.integers((low + 2) // 2, (high - 1) // 2)) * 2
    close = draw(st.integers((low + 1) // 2, (high - 2) // 2)) * 2 + 1
    trades = draw(st.integers(least, 3 * least))
    slack = trades * (high - low)
    sides = []
    for _ in range(2):
        volume = draw(st.integers(UNITS * trades, 100 * trades))
        least_quote, most_quote = low * volume + slack, high * volume - slack
        edges = st.sampled_from([least_quote, most_quote])
        sides += [volume, draw(edges | st.integers(least_quote, most_quote))]
    return Bar(open_, high, low, close, *sides, trades, 77, open_ + 1)  # type: ignore[call-arg]


def check_bar(bar: Bar) -> None:
    assert bar.open % 2 == 0 and bar.close % 2 == 1
    assert bar.low < min(bar.open, bar.close) and max(bar.open, bar.close) < bar.high
    slack = bar.trades * (bar.high - bar.low)
    for volume, quote in ((bar.bought, bar.bought_quote), (bar.sold, bar.sold_quote)):
        assert volume >= UNITS * bar.trades
        assert bar.low * volume + slack <= quote <= bar.high * volume - slack


words = st.lists(st.integers(0, 65_535) | st.sampled_from([0, 65_535]), min_size=30, max_size=30)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.data(), st.integers(1, 6), words)
def test_parts_keep_what_makes_them_divisible(
    data: st.DataObject, count: int, words: list[int]
) -> None:
    bar = data.draw(bars(count * LEAST_TRADES))
    parts = split(bar, count, words, LEAST_TRADES)
    assert len(parts) == count and join(parts) == bar
    for part in parts:
        check_bar(part)
        assert part.trades >= LEAST_TRADES
    for part, after in pairwise(parts):
        assert abs(after.open - part.close) == 1 and after.before == part.close
        assert after.first_id == part.first_id + part.trades


@settings(derandomize=True, deadline=None, max_examples=150)
@given(bars(LEAST_TRADES), st.integers(0, 10**6))
def test_trades_hit_every_allowed_minute(bar: Bar, minute: int) -> None:
    trades = trades_of(b"key", minute, bar)
    prices = [trade.price for trade in trades]
    assert (prices[0], max(prices), min(prices), prices[-1]) == bar[:4]
    assert min(trade.volume for trade in trades) > 0
    for side, volume, quote in (
        (True, bar.bought, bar.bought_quote),
        (False, bar.sold, bar.sold_quote),
    ):
        mine = [trade for trade in trades if trade.bought is side]
        assert sum(trade.volume for trade in mine) == volume
        assert sum(trade.price * trade.volume for trade in mine) == quote
