"""rest-empty-page: an answer that is well, but for its candles."""

from __future__ import annotations

import pytest

from mock_exchanges.core.http import Response
from mock_exchanges.faults import RestEmptyPage
from mock_exchanges.faults.pressure.rest_empty_page import emptied
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.pressure.asking import CANDLES, EXCHANGES, TIME, fetched, rows

_EMPTY = {
    "demo": '{"code":0,"message":"ok","data":[]}',
    "binance": "[]",
    "coinbase": '{"candles":[]}',
    "okx": '{"code":"0","msg":"","data":[]}',
    "kucoin": '{"code":"200000","data":[]}',
}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_page_is_empty_once_and_full_before_and_after(exchange: str) -> None:
    async def act(one: Client) -> list[str]:
        found = []
        for _ in range(3):
            answer, text = await fetched(one, CANDLES[exchange])
            assert answer.status == 200
            assert answer.content_type == "application/json"
            found.append(text)
        answer, _ = await fetched(one, TIME[exchange])
        assert answer.status == 200
        return found

    before, empty, after = with_fault(RestEmptyPage().after_requests(1).once(), act, exchange)
    assert empty == _EMPTY[exchange]
    assert len(rows(before)) >= 3
    assert rows(after) == rows(before)


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b""), (200, b"[]"), (200, b'{"code":0,"data":[]}'), (200, b"7"), (200, b"<html>"),
     (400, b'{"errors":[1]}')],
)  # fmt: skip
def test_what_is_no_page_with_candles_is_left(status: int, body: bytes) -> None:
    assert emptied(Response(status, body)) is None
