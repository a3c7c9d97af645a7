"""The nearest right word."""

from __future__ import annotations

import pytest

from mock_exchanges.core.nearest import nearest


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("1M", ["1m", "1M"], "1M"),
        ("1H", ["1h", "1m"], "1h"),
        ("binanec", ["okx", "binance"], "binance"),
        ("zzz", ["okx", "binance"], None),
    ],
)
def test_nearest(word: str, known: list[str], expected: str | None) -> None:
    assert nearest(word, known) == expected
