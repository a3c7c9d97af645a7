"""OKX's adapter: right, small, and on its own. The suite judges the rest."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import reference_adapters
from reference_adapters.okx import OKXAdapter

SOURCE = Path(reference_adapters.__file__).with_name("okx.py")
START = 1_672_515_780
ROW = [f"{START}000", "16500.10", "16510.30", "16495.40", "16505.20", "5.123", "84528.9"]


class Client:
    """Gives one answer, and keeps what was asked."""

    def __init__(self, *rows: list[str], **changed: Any) -> None:
        self.answer = {"code": "0", "msg": "", "data": list(rows)} | changed
        self.asked: list[dict[str, Any]] = []

    async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
        self.asked.append({"url": url, **params})
        return self.answer


@pytest.mark.parametrize("more", [[], ["84528.9", "0"], ["84528.9", "1", "new"]])
def test_rows_of_seven_columns_and_more_are_read(more: list[str]) -> None:
    arg = {"channel": "candle1m", "instId": "BTC-USDT"}
    candles = OKXAdapter().parse_ws_message({"arg": arg, "data": [ROW + more, ROW + more]})
    assert candles is not None
    made, again = candles
    assert made == again
    assert (made.timestamp, made.open, made.high, made.low, made.close, made.volume) == (
        START, 16500.10, 16510.30, 16495.40, 16505.20, 5.123,
    )  # fmt: skip
    assert made.quote_asset_volume == 84528.9


def test_it_stands_alone_and_is_small() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert not imported & {"conformance", "mock_exchanges"}
    assert len(SOURCE.read_text("utf-8").splitlines()) < 200


async def test_a_window_has_both_bounds_and_comes_back_in_order() -> None:
    later = [f"{START + 60}000", *ROW[1:]]
    client = Client(later, ROW)
    candles = await OKXAdapter(client).fetch_rest_candles("BTC-USDT", "1m", START, 10)
    assert [candle.timestamp for candle in candles] == [START, START + 60]
    assert client.asked == [
        {"url": "https://www.okx.com/api/v5/market/history-candles", "instId": "BTC-USDT",
         "bar": "1m", "limit": 10, "before": START * 1000 - 1, "after": (START + 600) * 1000}
    ]  # fmt: skip


async def test_the_newest_have_no_bounds_and_come_from_the_other_endpoint() -> None:
    own, given = Client(), Client(ROW)
    made = await OKXAdapter(own).fetch_rest_candles("BTC-USDT", "1d", network_client=given)
    assert len(made) == 1
    assert own.asked == []
    assert given.asked == [
        {"url": "https://www.okx.com/api/v5/market/candles", "instId": "BTC-USDT",
         "bar": "1Dutc", "limit": 100}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("interval", "start", "limit", "end"),
    [
        ("1M", 1_704_067_200, 14, 1_740_787_200),  # 2024-01-01 to 2025-03-01
        ("3M", 1_704_067_200, 5, 1_743_465_600),  # 2024-01-01 to 2025-04-01
        ("1M", 1_733_011_200, 1, 1_735_689_600),  # 2024-12-01 to 2025-01-01
    ],
)
async def test_months_are_counted_by_the_calendar(
    interval: str, start: int, limit: int, end: int
) -> None:
    client = Client()
    await OKXAdapter(client).fetch_rest_candles("BTC-USDT", interval, start, limit)
    assert client.asked[0]["after"] == end * 1000


@pytest.mark.parametrize("limit", [0, -1, 301])
async def test_a_limit_that_one_answer_cannot_give_is_refused(limit: int) -> None:
    client = Client()
    with pytest.raises(ValueError, match=f"limit is {limit}, expected 1 to 300"):
        await OKXAdapter(client).fetch_rest_candles("BTC-USDT", "1m", None, limit)
    assert client.asked == []


@pytest.mark.parametrize("code", ["51001", 0, None])
async def test_another_code_than_the_string_0_is_refused(code: Any) -> None:
    with pytest.raises(ValueError, match="expected code '0'"):
        await OKXAdapter(Client(code=code)).fetch_rest_candles("BTC-USDT", "1m")
