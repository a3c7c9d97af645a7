"""Usage errors name what is right."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.market import Market, UnknownPair
from tests.mock_exchanges.core.market.checking import BUSY, LISTED, M1, MARKET


def test_unknown_pair_names_the_nearest() -> None:
    for call in (
        lambda: Market().candle("BTC/USDT", M1, LISTED),
        lambda: Market().at("BTC/USDT", M1, LISTED),
        lambda: Market().candles("BTC/USDT", M1, LISTED, LISTED),
        lambda: Market().first_open("BTC/USDT", M1),
        lambda: Market().trade_times("BTC/USDT", LISTED),
    ):
        with pytest.raises(UnknownPair) as caught:
            call()
        assert str(caught.value) == (
            "unknown trading pair 'BTC/USDT', expected one of 16; the nearest is 'BTC-USDT'"
        )
    assert isinstance(caught.value, KeyError)
    assert "nearest" not in str(UnknownPair("A-B", []))


def test_misaligned_times() -> None:
    with pytest.raises(ValueError, match=f"open_ms is {LISTED + 60_000}, .*{LISTED} or "):
        MARKET.candle(BUSY.name, every(5 * MINUTE_MS), LISTED + 60_000)
    with pytest.raises(ValueError, match=f"minute_ms is {LISTED + 1}, .*such as {LISTED}"):
        MARKET.trade_times(BUSY.name, LISTED + 1)


def test_pairs_that_cannot_be_traded() -> None:
    with pytest.raises(ValueError, match=r"BTC-USDT: price is 9.99 .* at least 1000 ticks"):
        Market(1, [replace(BUSY, price=Decimal("9.99"))])
    with pytest.raises(ValueError, match=r"BTC-USDT: volume_per_minute is 0.01 .* 64 units"):
        Market(1, [replace(BUSY, volume_per_minute=Decimal("0.01"))])
