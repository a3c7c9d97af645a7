"""unknown-frame: JSON of a kind nobody documented comes before a candle."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from mock_exchanges.faults import UnknownFrame
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, rows


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_it_comes_before_each_candle_and_nothing_is_lost(exchange: str) -> None:
    fault = UnknownFrame()
    heard = [each.text for each in heard_with(fault, exchange)]
    expected: list[str] = []
    for each in heard_without(exchange):
        expected += [fault.text, each.text] if rows(each.text) else [each.text]
    assert heard == expected
    assert isinstance(json.loads(fault.text), dict)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"expected JSON.*'text-frame'"):
        UnknownFrame(text="server busy")
