"""python-kucoin, unmodified, on KuCoin's mock, over TLS and in real time.

It asks for its token in blocking code, so the mock lives in a thread; and it hands
``encrypt`` to `websockets` as ``ssl``, so there must be TLS.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from conformance.network import prepare
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.kucoin import wire
from mock_exchanges.server.threaded import RunningMock, running
from tests.clients.recipe import defect, recipe

pytest.importorskip("kucoin", reason="needs the extra: pip install exchange-conformance[clients]")

from kucoin.asyncio import KucoinSocketManager
from kucoin.client import Client

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)
SOON_S = 20.0


@recipe(
    client="python-kucoin",
    exchange="kucoin",
    carries="REST, in blocking code; `KucoinSocketManager` takes the client and its token",
    needs="TLS, and `REQUESTS_CA_BUNDLE` and `SSL_CERT_FILE` naming the mock's CA",
)
def client(mock: RunningMock) -> Any:
    own = type("OwnClient", (Client,), {"REST_API_URL": mock.tls_rest_url})
    return own("", "", "")


@pytest.fixture(name="mock")
def served(tmp_path: Path) -> Any:
    with (
        running("kucoin", epoch_ms=EPOCH_MS, port=None, tls_port=0) as mock,
        prepare(mock.authority, tmp_path),  # type: ignore[arg-type]
    ):
        yield mock


def test_gets_candles_equal_to_the_ledger(mock: RunningMock) -> None:
    rest = client(mock)
    first_s, last_s = EPOCH_MS // 1000 - 2_000 * 60, EPOCH_MS // 1000
    rows: list[list[str]] = []
    for start_s in range(first_s, last_s, 1500 * 60):
        end_s = min(start_s + 1500 * 60, last_s)
        rows += reversed(rest.get_kline_data("POWR-USDT", "1min", start_s, end_s))
    rest.session.close()
    candles = mock.market.candles("POWR-USDT", MINUTE, first_s * 1000, EPOCH_MS)
    assert rows == [json.loads(wire.row(candle)) for candle in candles if candle.trades]


@defect("Its sockets do not survive a drop.", client="python-kucoin", exchange="kucoin")
async def test_listens_and_does_not_survive_a_drop(mock: RunningMock) -> None:
    """Cause: before it reconnects it cancels the task it runs in."""
    events: asyncio.Queue[Any] = asyncio.Queue()
    rest = client(mock)
    manager = await KucoinSocketManager.create(asyncio.get_running_loop(), rest, events.put)
    try:
        await manager.subscribe("/market/candles:BTC-USDT_1min")
        for _ in range(2):
            message = await asyncio.wait_for(events.get(), SOON_S)
            told_to = message["data"]["time"] // 1_000_000_000 * 1000
            candle = mock.market.at("BTC-USDT", MINUTE, told_to - 1)
            assert candle is not None
            assert message["data"]["candles"] == json.loads(wire.row(candle))
        mock.end_connections(Drop("eof"))
        ended = manager._conn._conn
        await asyncio.wait([ended], timeout=SOON_S)
        assert ended.cancelled()
        assert len([entry for entry in mock.journal() if entry.kind == "connect"]) == 1
    finally:
        rest.session.close()
