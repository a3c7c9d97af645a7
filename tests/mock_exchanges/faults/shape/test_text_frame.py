"""text-frame: plain text before a candle, or in its place."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import TextFrame
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, rows


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("instead", [False, True])
def test_plain_text(exchange: str, instead: bool) -> None:
    html = "<html>502 Bad Gateway</html>"
    heard = [each.text for each in heard_with(TextFrame(text=html, instead=instead), exchange)]
    expected: list[str] = []
    for each in heard_without(exchange):
        if rows(each.text):
            expected.append(html)
        if not (instead and rows(each.text)):
            expected.append(each.text)
    assert heard == expected
