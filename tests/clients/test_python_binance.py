"""python-binance, unmodified, on the mock: what it returns is the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.clock import run
from mock_exchanges.core.calendar import HOUR_MS, MINUTE_MS, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.faults import CloseCode, Reset
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.server.mock import MockExchange
from tests.clients.recipe import recipe

pytest.importorskip("binance", reason="needs the extra: pip install exchange-conformance[clients]")

import binance

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)
HOUR = every(HOUR_MS)


@recipe(client="python-binance", exchange="binance", carries="REST")
async def connected(mock: MockExchange) -> Any:
    client: Any = type("Client", (binance.AsyncClient,), {"API_URL": f"{mock.rest_url}/api"})
    return await client.create()


@recipe(client="python-binance", exchange="binance", carries="WebSocket")
def sockets(mock: MockExchange, client: Any) -> Any:
    base = binance.BinanceSocketManager
    manager = type("Sockets", (base,), {"STREAM_URL": f"{mock.ws_url}/"})
    return manager(client)


def values(candle: Candle) -> list[float]:
    columns = ("open", "high", "low", "close", "volume", "quote_volume")
    return [candle.open_ms, *(float(candle.decimal(column)) for column in columns)]


def read(row: list[Any]) -> list[float]:
    return [row[0], *(float(value) for value in (*row[1:6], row[7]))]


def test_gets_klines() -> None:
    async def main() -> None:
        async with MockExchange(epoch_ms=EPOCH_MS) as mock:
            client = await connected(mock)
            try:
                rows = await client.get_klines(symbol="BTCUSDT", interval="1m", limit=10)
            finally:
                await client.close_connection()
            start_ms = rows[0][0]
            ledger = mock.market.candles("BTC-USDT", MINUTE, start_ms, EPOCH_MS)
            assert [read(row) for row in rows[:-1]] == [values(candle) for candle in ledger]
            assert rows[-1][0] == EPOCH_MS

    run(main, epoch_ms=EPOCH_MS)


def test_gets_historical_klines_over_several_pages() -> None:
    async def main() -> None:
        async with MockExchange(epoch_ms=EPOCH_MS) as mock:
            start_ms = EPOCH_MS - 2_500 * HOUR_MS
            client = await connected(mock)
            try:
                rows = await client.get_historical_klines("BTCUSDT", "1h", start_ms, EPOCH_MS - 1)
            finally:
                await client.close_connection()
            ledger = mock.market.candles("BTC-USDT", HOUR, start_ms, EPOCH_MS)
            assert len(ledger) == 2_500
            assert [read(row) for row in rows] == [values(candle) for candle in ledger]
            assert (
                len([each for each in mock.journal.of("request") if "/klines?" in each.text]) >= 3
            )

    run(main, epoch_ms=EPOCH_MS)


def test_follows_a_kline_socket() -> None:
    async def main() -> None:
        async with MockExchange(epoch_ms=EPOCH_MS) as mock:
            client = await connected(mock)
            closed: list[list[Any]] = []
            try:
                async with sockets(mock, client).kline_socket("BTCUSDT") as socket:
                    while len(closed) < 4:
                        kline = (await socket.recv())["k"]
                        if kline["x"]:
                            closed.append([kline["t"], *(float(kline[key]) for key in "ohlcvq")])
            finally:
                await client.close_connection()
            ledger = mock.market.candles(
                "BTC-USDT", MINUTE, closed[0][0], closed[-1][0] + MINUTE_MS
            )
            assert closed == [values(candle) for candle in ledger]
            assert mock.engine.accepted == 1

    run(main, epoch_ms=EPOCH_MS)


@pytest.mark.parametrize("how", [CloseCode(), Reset()], ids=lambda how: how.fault)
def test_a_kline_socket_reconnects_by_itself(how: Ending) -> None:
    async def main() -> None:
        async with MockExchange(epoch_ms=EPOCH_MS) as mock:
            mock.add_fault(how.after_candles(3).on_connection(1))
            client = await connected(mock)
            kinds: list[str] = []
            try:
                async with sockets(mock, client).kline_socket("BTCUSDT") as socket:
                    while kinds.count("kline") < 10:
                        kinds.append((await socket.recv())["e"])
            finally:
                await client.close_connection()
            assert "error" in kinds
            assert mock.engine.accepted == 2

    run(main, epoch_ms=EPOCH_MS)
