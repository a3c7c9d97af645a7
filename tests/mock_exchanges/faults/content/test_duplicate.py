"""duplicate: each message comes several times in a row."""

from __future__ import annotations

import json

import pytest

from mock_exchanges.faults import Duplicate
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without, live


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_comes_so_often(exchange: str) -> None:
    clean = live(heard_without(exchange))
    if exchange == "okx":
        # the first push belongs to the subscription
        clean = clean[1:]
    heard = [each.bare for each in live(heard_with(Duplicate(copies=3), exchange))]
    if exchange == "okx":
        heard = heard[1:]
    assert heard == [each.bare for each in clean for _ in range(3)]
    assert heard


def test_each_copy_has_its_own_number() -> None:
    heard = heard_with(Duplicate(), "coinbase")
    numbers = [json.loads(each.text)["sequence_num"] for each in heard]
    assert numbers == list(range(len(numbers)))
