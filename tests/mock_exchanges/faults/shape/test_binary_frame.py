"""binary-frame: the same JSON, as a binary message."""

from __future__ import annotations

import aiohttp
import pytest

from mock_exchanges.faults import BinaryFrame
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, rows


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_candles_are_binary_and_say_the_same(exchange: str) -> None:
    heard = heard_with(BinaryFrame(), exchange)
    assert [each.text for each in heard] == [each.text for each in heard_without(exchange)]
    for each in heard:
        is_binary = each.kind is aiohttp.WSMsgType.BINARY
        assert is_binary is bool(rows(each.text)), each
