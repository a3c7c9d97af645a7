"""The adapter that authors copy: right, small, and on its own."""

from __future__ import annotations

import ast
import time
from pathlib import Path
from typing import Any

import pytest

from reference_adapters import coinbase
from reference_adapters.coinbase import CoinbaseAdapter

SOURCE = Path(coinbase.__file__)
STEP = 300
START = 1_772_463_000


class Exchange:
    """Has a candle for each five minutes but those it is told are quiet."""

    def __init__(self, quiet: set[int] | None = None) -> None:
        self.quiet = quiet or set()
        self.asked: list[dict[str, Any]] = []

    async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
        self.asked.append({"url": url, **params})
        opens = range(params["start"], params["end"] + 1, STEP)
        assert len(opens) <= 350
        return {"candles": [row(at) for at in reversed(opens) if at not in self.quiet]}


class Answer:
    """Gives one answer, whatever it is asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
        return self.answer


def row(start: int, **more: str) -> dict[str, str]:
    return {
        "start": str(start), "low": "0.5", "high": "4", "open": "1", "close": "2", "volume": "7.25",
        **more,
    }  # fmt: skip


def message(kind: str, *rows: dict[str, str]) -> dict[str, Any]:
    return {
        "channel": "candles",
        "client_id": "",
        "timestamp": "2026-03-02T20:19:12.48120937Z",
        "sequence_num": 3,
        "events": [{"type": kind, "candles": list(rows)}],
    }


def test_an_update_is_one_candle() -> None:
    candles = CoinbaseAdapter().parse_ws_message(message("update", row(START, product_id="A-B")))
    assert candles == [coinbase.Candle(START, 1.0, 4.0, 0.5, 2.0, 7.25)]


def test_a_snapshot_is_many_oldest_first() -> None:
    snapshot = message("snapshot", *(row(START - n * STEP) for n in range(4)))
    candles = CoinbaseAdapter().parse_ws_message(snapshot)
    assert candles is not None
    assert [c.timestamp for c in candles] == [START - n * STEP for n in (3, 2, 1, 0)]


def test_other_messages_are_none() -> None:
    adapter = CoinbaseAdapter()
    assert adapter.parse_ws_message({"type": "error", "message": "x"}) is None
    assert adapter.parse_ws_message({"channel": "heartbeats", "events": [{}]}) is None


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


def test_every_interval_has_its_name_at_coinbase() -> None:
    assert list(coinbase.INTERVALS) == list(coinbase.GRANULARITIES)
    assert CoinbaseAdapter().get_ws_supported_intervals() == ["5m"]


async def test_one_page_of_history() -> None:
    exchange = Exchange()
    candles = await CoinbaseAdapter(exchange).fetch_rest_candles("BTC-USD", "5m", START, 3)
    assert [c.timestamp for c in candles] == [START, START + STEP, START + 2 * STEP]
    assert exchange.asked == [
        {
            "url": "https://api.coinbase.com/api/v3/brokerage/market/products/BTC-USD/candles",
            "granularity": "FIVE_MINUTE",
            "start": START,
            "end": START + 348 * STEP,
        }
    ]


async def test_several_pages_without_a_seam_or_a_hole() -> None:
    exchange = Exchange()
    candles = await CoinbaseAdapter(exchange).fetch_rest_candles("BTC-USD", "5m", START, 1_000)
    assert [c.timestamp for c in candles] == [START + n * STEP for n in range(1_000)]
    assert len(exchange.asked) == 3


async def test_quiet_intervals_do_not_count_toward_the_limit() -> None:
    quiet = {START + n * STEP for n in range(0, 400, 2)}
    exchange = Exchange(quiet)
    candles = await CoinbaseAdapter(exchange).fetch_rest_candles("BTC-USD", "5m", START, 200)
    assert [c.timestamp for c in candles] == [START + (2 * n + 1) * STEP for n in range(200)]
    assert len(exchange.asked) == 2


async def test_a_start_inside_an_interval_leaves_it_out() -> None:
    exchange = Exchange()
    candles = await CoinbaseAdapter(exchange).fetch_rest_candles("BTC-USD", "5m", START + 1, 1)
    assert [c.timestamp for c in candles] == [START + STEP]


async def test_without_a_start_the_newest() -> None:
    exchange = Exchange()
    candles = await CoinbaseAdapter(exchange).fetch_rest_candles("BTC-USD", "5m", limit=4)
    running = int(time.time()) // STEP * STEP
    assert candles[0].timestamp == exchange.asked[0]["start"]
    assert candles[-1].timestamp in (running - STEP, running)
    assert len(candles) == 4


async def test_the_future_is_not_asked_for() -> None:
    exchange = Exchange()
    later = int(time.time()) + 10 * STEP
    assert await CoinbaseAdapter(exchange).fetch_rest_candles("BTC-USD", "5m", later) == []
    assert exchange.asked == []


async def test_the_client_of_a_call_goes_before_that_of_the_constructor() -> None:
    own, given = Exchange(), Exchange()
    await CoinbaseAdapter(own).fetch_rest_candles("A-B", "5m", START, 1, network_client=given)
    assert (len(own.asked), len(given.asked)) == (0, 1)


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit is {limit}, expected at least 1"):
        await CoinbaseAdapter(Exchange()).fetch_rest_candles("BTC-USD", "5m", None, limit)


@pytest.mark.parametrize("answer", [[], {"error": "x"}, {"candles": None}, None])
async def test_an_answer_without_candles_is_refused(answer: Any) -> None:
    with pytest.raises(ValueError, match="expected candles"):
        await CoinbaseAdapter(Answer(answer)).fetch_rest_candles("BTC-USD", "5m", START)
