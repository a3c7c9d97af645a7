"""What a feed tells its caller is a claim that candles are lost, or is not."""

from __future__ import annotations

import pytest

from conformance.checks.quiet_gap import claims_loss


@pytest.mark.parametrize(
    "text",
    [
        "candles from 1772447400 on are lost: fill (gap) failed",
        "BTC-USDT: missed 3 candles",
        "Missing data, 12 bars",
        "3 klines missing",
        "LostData: candle 1772447400 is missing",
    ],
)
def test_a_claim(text: str) -> None:
    assert claims_loss(text)


@pytest.mark.parametrize(
    "text",
    [
        "connection lost; candles by REST until it is back",
        "connection lost",
        "no candles missing",
        "candles may be missing: HTTP 503",
        "looking for missing candles",
        "fill (gap) failed: HTTP 503",
        "hole left from 1772442960 to 1772443380",
        "checking whether data was lost",
    ],
)
def test_no_claim(text: str) -> None:
    assert not claims_loss(text)
