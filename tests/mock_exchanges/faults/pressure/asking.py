"""Right requests for candles, and in memory an engine to ask them of."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from mock_exchanges.core.engine import Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.registry import create
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client

_NOW_S = EPOCH_MS // 1000
CANDLES = {
    "demo": "/api/v1/candles?symbol=BTC-USDT&interval=1m&limit=3",
    "binance": "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3",
    "coinbase": "/api/v3/brokerage/market/products/BTC-USD/candles"
    f"?granularity=ONE_MINUTE&start={_NOW_S - 180}&end={_NOW_S}",
    "okx": "/api/v5/market/candles?instId=BTC-USDT&bar=1m&limit=3",
    "kucoin": "/api/v1/market/candles?symbol=BTC-USDT&type=1min"
    f"&startAt={_NOW_S - 180}&endAt={_NOW_S}",
}
TIME = {
    "demo": "/api/v1/time",
    "binance": "/api/v3/time",
    "coinbase": "/api/v3/brokerage/time",
    "okx": "/api/v5/public/time",
    "kucoin": "/api/v1/timestamp",
}
EXCHANGES = tuple(CANDLES)


def engine_of(exchange: str) -> Engine:
    """Return an exchange in memory."""
    return Engine(create(exchange, Market(1), Journal()))


def asked(engine: Engine, target: str, now_ms: int = EPOCH_MS) -> Response:
    """Ask by GET; what is no answer is an error."""
    path, _, query = target.partition("?")
    answer = engine.request(Request("GET", path, query), now_ms)
    assert isinstance(answer, Response)
    return answer


def connected(engine: Engine, now_ms: int = EPOCH_MS) -> Any:
    """Shake hands as a good client does."""
    path, query = engine.exchange.samples.handshake(now_ms)
    return engine.connect(Request("GET", path, query), now_ms)


def rows(body: bytes | str) -> list[Any]:
    """Return the rows of a page of candles of any exchange."""
    page = json.loads(body)
    if isinstance(page, list):
        return page
    found: list[Any] = page["candles"] if "candles" in page else page["data"]
    return found


async def fetched(one: Client, target: str) -> tuple[aiohttp.ClientResponse, str]:
    """Ask the mock by REST; return the answer and its body."""
    async with one.http.get(f"{one.mock.rest_url}{target}") as answer:
        return answer, await answer.text()
