"""bad-json: candle messages are cut off."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.faults import BadJson
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, rows


@pytest.mark.parametrize("keep", [0.01, 0.5, 0.999])
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_candles_are_cut_off(exchange: str, keep: float) -> None:
    clean = heard_without(exchange)
    heard = heard_with(BadJson(keep=keep), exchange)
    assert len(heard) == len(clean)
    for broken, whole in zip(heard, clean, strict=True):
        if not rows(whole.text):
            assert broken == whole
            continue
        assert whole.text.startswith(broken.text)
        with pytest.raises(ValueError):
            json.loads(broken.text)


def test_as_given() -> None:
    heard = heard_with(BadJson(text='{"type":'))
    assert [each.text for each in heard].count('{"type":') == len(
        [each for each in heard_without() if rows(each.text)]
    )
