"""The market is a pure function of seed, pair and time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mock_exchanges.core.calendar import HOUR_MS, Grid, every, monthly
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from tests.mock_exchanges.core.market.checking import (
    BUSY,
    LISTED,
    LONG,
    M1,
    MARKET,
    PAIRS,
    S1,
    SHORT,
    few,
    minutes,
    names,
    some,
    whole,
)

# Recorded: whoever changes the market changes these.
PINNED_MINUTE = Candle(
    open_ms=1_640_995_200_000,
    end_ms=1_640_995_260_000,
    open=3_848_540,
    high=3_849_722,
    low=3_848_409,
    close=3_848_917,
    volume=480_016,
    quote_volume=1_847_532_142_383,
    trades=15,
    taker_volume=224_936,
    taker_quote_volume=865_755_495_601,
    first_trade_id=138_060_340,
    closed=True,
    price_digits=2,
    volume_digits=5,
)
PINNED_MONTH = Candle(
    open_ms=1_640_995_200_000,
    end_ms=1_643_673_600_000,
    open=3_848_540,
    high=4_300_043,
    low=3_798_602,
    close=4_113_283,
    volume=56_135_346_667,
    quote_volume=228_675_076_337_543_874,
    trades=2_668_171,
    taker_volume=27_913_241_665,
    taker_quote_volume=113_771_192_952_747_858,
    first_trade_id=138_060_340,
    closed=True,
    price_digits=2,
    volume_digits=5,
)


def test_values_of_seed_one_stay() -> None:
    market = Market(1, [BUSY])
    assert market.candle("BTC-USDT", M1, LISTED) == PINNED_MINUTE
    assert market.candle("BTC-USDT", monthly(), LISTED) == PINNED_MONTH


@few
@given(st.lists(st.tuples(names, st.sampled_from([S1, M1, *SHORT, *LONG]), minutes), max_size=20))
def test_any_order_of_access_reads_the_same(asked: list[tuple[str, Grid, int]]) -> None:
    one, two = Market(3, PAIRS), Market(3, PAIRS[::-1])
    there = [one.candle(pair, grid, grid.floor(at_ms)) for pair, grid, at_ms in asked]
    back = [two.candle(pair, grid, grid.floor(at_ms)) for pair, grid, at_ms in reversed(asked)]
    assert there == back[::-1]


@some
@given(names, minutes)
def test_another_seed_and_another_pair_read_otherwise(pair: str, at_ms: int) -> None:
    hour = every(HOUR_MS)
    open_ms = hour.floor(at_ms)
    other = Market(8, PAIRS)
    assert whole(MARKET, pair, hour, open_ms).volume != whole(other, pair, hour, open_ms).volume
    twin = Market(7, [replace(MARKET.pairs[pair], base="TWIN")])
    twin_name = next(iter(twin.pairs))
    assert whole(MARKET, pair, hour, open_ms).volume != whole(twin, twin_name, hour, open_ms).volume


def test_order_of_pairs_is_kept() -> None:
    assert list(Market(1, PAIRS).pairs.values()) == PAIRS
    assert Market(5).seed == 5
