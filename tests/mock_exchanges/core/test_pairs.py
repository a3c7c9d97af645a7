"""The catalogue of trading pairs."""

import re

import pytest

from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import DEFAULT_PAIRS, pairs_named

WANTED = [
    "BTC-USDT",
    "ETH-USDT",
    "BNB-USDT",
    "SOL-USDT",
    "XRP-USDT",
    "DOGE-USDT",
    "SHIB-USDT",
    "1INCH-USDT",
    "1000SATS-USDT",
    "BTC-USDC",
    "BTC-FDUSD",
    "BTC-EUR",
    "BTC-USD",
    "ETH-USD",
    "ETH-BTC",
    "POWR-USDT",
]


def test_catalogue_holds_each_pair_once() -> None:
    assert [pair.name for pair in DEFAULT_PAIRS] == WANTED


def test_levels_are_whole_ticks() -> None:
    for pair in DEFAULT_PAIRS:
        assert pair.price.scaleb(pair.price_digits) % 1 == 0, pair.name


def test_pairs_named_keeps_the_order() -> None:
    pairs = pairs_named(["SHIB-USDT", "BTC-EUR"])
    by_name = {pair.name: pair for pair in DEFAULT_PAIRS}
    assert pairs == [by_name["SHIB-USDT"], by_name["BTC-EUR"]]


def test_unknown_names_are_made_up_the_same_every_time() -> None:
    names = [f"{base}-{quote}" for base in ("ABC", "1X", "LONGNAME9") for quote in ("USDT", "TRY")]
    pairs = pairs_named(names)
    assert [pair.name for pair in pairs] == names
    assert pairs == pairs_named(names)
    assert len({pair.price for pair in pairs}) == len(pairs)
    assert list(Market(pairs=pairs).pairs) == names


@pytest.mark.parametrize(
    "name", ["BTCUSDT", "BTC/USDT", "btc-usdt", "", "-USDT", "A-B-C", "A-USDT "]
)
def test_malformed_names(name: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f'pair is {name!r}, expected "BASE-QUOTE"')):
        pairs_named([name])
