"""python-okx, unmodified, on the mock of OKX: what it returns is the ledger."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.clock import run
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.okx.login import TEST_KEY
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.threaded import RunningMock, running
from mock_exchanges.server.tls import Authority
from tests.clients.recipe import defect, recipe

pytest.importorskip("okx", reason="needs the extra: pip install exchange-conformance[clients]")

from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.websocket.WsPublicAsync import WsPublicAsync

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)


@recipe(client="python-okx", exchange="okx", carries="REST")
def rest(mock: RunningMock) -> Any:
    return MarketAPI(domain=mock.rest_url)


@recipe(
    client="python-okx",
    exchange="okx",
    carries="WebSocket",
    needs="TLS, and `SSL_CERT_FILE` naming the mock's CA when the client is made",
)
def stream(mock: MockExchange, **keys: str) -> Any:
    return WsPublicAsync(f"{mock.tls_ws_url}/ws/v5/business", **keys)


def read(row: list[str]) -> list[float]:
    return [int(row[0]), *(float(value) for value in row[1:8])]


def values(candle: Candle) -> list[float]:
    columns = ("open", "high", "low", "close", "volume", "quote_volume", "quote_volume")
    return [candle.open_ms, *(float(candle.decimal(column)) for column in columns)]


def ledger(market: Market, start_ms: int, end_ms: int, pair: str = "BTC-USDT") -> list[Any]:
    return [values(candle) for candle in market.candles(pair, MINUTE, start_ms, end_ms)]


def test_gets_pages_of_candles_equal_to_the_ledger() -> None:
    with running("okx", epoch_ms=EPOCH_MS) as mock:
        with rest(mock) as api:
            rows: list[list[str]] = []
            after = EPOCH_MS
            while len(rows) < 900:
                page = api.get_history_candlesticks("BTC-USDT", after=str(after), limit="300")
                assert (page["code"], page["msg"]) == ("0", "")
                rows += page["data"]
                after = int(rows[-1][0])
            newest = api.get_candlesticks("BTC-USDT", limit="5")["data"]
        start_ms = EPOCH_MS - 900 * MINUTE_MS
        assert [read(row) for row in reversed(rows)] == ledger(mock.market, start_ms, EPOCH_MS)
        assert {row[8] for row in rows} == {"1"}
        assert newest[0][8] == "0"
        assert [read(row) for row in newest[:0:-1]] == ledger(
            mock.market, int(newest[-1][0]), int(newest[0][0])
        )


def test_errors_are_returned_whatever_their_status() -> None:
    with running("okx", epoch_ms=EPOCH_MS) as mock:
        with rest(mock) as api:
            assert api.get_candlesticks("BTC/USDT")["code"] == "51001"
            assert api.get_candlesticks("BTC-USDT", bar="8H")["code"] == "51000"
            assert api.get_candlesticks("")["code"] == "50014"
        with PublicAPI(domain=mock.rest_url) as api:
            listed = api.get_instruments("SPOT", instId="BTC-USDT")["data"]
            assert [each["instId"] for each in listed] == ["BTC-USDT"]


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Return an authority that clients in this process trust."""
    made = Authority()
    monkeypatch.setenv("SSL_CERT_FILE", str(made.write(tmp_path / "ca.pem")))
    return made


Session = Callable[[MockExchange, Any, list[Any]], Any]


def listening(authority: Authority, session: Session, *pairs: str, **keys: str) -> None:
    """Run a session with a client that is subscribed to one-minute candles."""

    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS, tls_port=0, authority=authority) as mock:
            heard: list[Any] = []
            client = stream(mock, **keys)
            task = await client.start()
            args = [{"channel": "candle1m", "instId": pair} for pair in pairs]
            if args:
                await client.subscribe(args, lambda text: heard.append(json.loads(text)))
            try:
                await session(mock, client, heard)
            finally:
                await client.stop()
                await asyncio.gather(task, return_exceptions=True)

    run(main, epoch_ms=EPOCH_MS)


def rows_of(heard: list[Any], pair: str = "BTC-USDT") -> list[list[str]]:
    return [
        row for frame in heard
        if frame.get("arg", {}).get("instId") == pair for row in frame.get("data", [])
    ]  # fmt: skip


def test_hears_candles_equal_to_the_ledger(authority: Authority) -> None:
    async def session(mock: MockExchange, client: Any, heard: list[Any]) -> None:
        await asyncio.sleep(600)
        assert [frame["event"] for frame in heard[:2]] == ["subscribe"] * 2
        for pair in ("BTC-USDT", "ETH-USDT"):
            done = [read(row) for row in rows_of(heard, pair) if row[8] == "1"]
            assert len(done) == 10
            assert done == ledger(mock.market, EPOCH_MS - MINUTE_MS, EPOCH_MS + 9 * MINUTE_MS,
                                  pair)  # fmt: skip
        assert mock.engine.accepted == 1

    listening(authority, session, "BTC-USDT", "ETH-USDT")


@defect("It does not reconnect.", client="python-okx", exchange="okx")
@pytest.mark.parametrize("how", [Close(1001), Drop("eof"), Drop("reset")], ids=str)
def test_defect_it_does_not_reconnect(authority: Authority, how: Close | Drop) -> None:
    """Cause: consume() ends with the connection; what it says of a drop is its own frame."""

    async def session(mock: MockExchange, client: Any, heard: list[Any]) -> None:
        await asyncio.sleep(70)
        assert rows_of(heard)
        mock.end_connections(how)
        await asyncio.sleep(600)
        assert mock.engine.accepted == 1
        told = [frame for frame in heard if frame.get("code") == "ConnClosed"]
        assert len(told) == (0 if isinstance(how, Close) else 1)

    listening(authority, session, "BTC-USDT")


@defect(
    "It sends no text `ping`, so it is cut after 30 seconds on a quiet pair.",
    client="python-okx",
    exchange="okx",
)
def test_defect_it_sends_no_text_ping_and_is_cut_on_a_quiet_pair(authority: Authority) -> None:
    """Cause: it relies on control pings, which are no data; the host must send ``ping``."""

    async def session(mock: MockExchange, client: Any, heard: list[Any]) -> None:
        await mock.until("close", within_s=300)
        (end,) = mock.journal.of("close")
        assert end.text == "4004 No data received in 30s."
        assert mock.journal.of("pinged")
        await asyncio.sleep(1)
        assert heard[-1]["code"] == "ConnClosed"

    listening(authority, session, "POWR-USDT")


def test_a_text_ping_of_the_host_keeps_it(authority: Authority) -> None:
    async def session(mock: MockExchange, client: Any, heard: list[Any]) -> None:
        def hear(text: str) -> None:
            if text != "pong":
                heard.append(json.loads(text))

        client.callback = hear
        for _ in range(30):
            await asyncio.sleep(20)
            await client.websocket.send("ping")
        assert mock.journal.of("close") == []
        done = [read(row) for row in rows_of(heard, "POWR-USDT") if row[8] == "1"]
        assert done == ledger(mock.market, int(done[0][0]), int(done[-1][0]) + 1, "POWR-USDT")
        assert len(done) == 10

    listening(authority, session, "POWR-USDT")


def test_logs_in_with_a_number_for_its_time(authority: Authority) -> None:
    async def session(mock: MockExchange, client: Any, heard: list[Any]) -> None:
        client.callback = lambda text: heard.append(json.loads(text))
        await client.login()
        await asyncio.sleep(1)
        assert [(frame["event"], frame["code"]) for frame in heard] == [("login", "0")]

    key = TEST_KEY
    listening(
        authority, session,
        apiKey=key.api_key, secretKey=key.secret, passphrase=key.passphrase,
    )  # fmt: skip


@defect("Its streams cannot speak without TLS.", client="python-okx", exchange="okx")
def test_it_cannot_speak_without_tls() -> None:
    """Cause: it always passes an SSL context, which websockets refuses for ``ws://``."""

    async def main() -> None:
        async with MockExchange("okx", epoch_ms=EPOCH_MS) as mock:
            client = WsPublicAsync(f"{mock.ws_url}/ws/v5/business")
            await client.connect()
            assert client.websocket is None
            assert mock.engine.accepted == 0

    run(main, epoch_ms=EPOCH_MS)
