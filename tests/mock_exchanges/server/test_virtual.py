"""The server on virtual time: deadlines, timers, order, and the same run twice."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import aiohttp
import pytest

from conformance.clock import run
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.waiting import NotInTime
from mock_exchanges.server.wire import Wire
from tests.mock_exchanges.server.toy import ToyExchange

EPOCH_MS = 1_717_243_200_000

T = TypeVar("T")


def virtually(main: Callable[[MockExchange], Coroutine[Any, Any, T]], **options: Any) -> T:
    async def served() -> T:
        async with MockExchange(ToyExchange, **options) as mock:
            return await main(mock)

    return run(served, epoch_ms=EPOCH_MS)


def test_takes_the_date_of_the_loop() -> None:
    async def main(mock: MockExchange) -> int:
        await asyncio.sleep(86_400)
        return mock.now_ms()

    assert virtually(main) == EPOCH_MS + 86_400_000


def test_waits_until_virtual_deadlines() -> None:
    async def main(mock: MockExchange) -> int:
        with pytest.raises(NotInTime, match="within 3600 s"):
            await mock.until("connect", within_s=3600)
        return mock.now_ms()

    assert virtually(main) == EPOCH_MS + 3_600_000


def test_timers_and_streams_come_on_the_dot() -> None:
    async def main(mock: MockExchange) -> list[tuple[int, str]]:
        seen: list[tuple[int, str]] = []
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}/ws", autoping=False) as ws,
        ):
            await ws.receive_str()
            await ws.send_str("tick")
            await ws.receive_str()
            while len(seen) < 63:
                message = await ws.receive()
                offset_ms = mock.now_ms() - EPOCH_MS
                seen.append((offset_ms, message.type.name))
        return seen

    seen = virtually(main)
    assert [at for at, kind in seen if kind == "PING"] == [20_000, 40_000, 60_000]
    assert [at for at, kind in seen if kind == "TEXT"] == [1000 * n for n in range(1, 61)]


def test_what_is_due_at_once_is_one_write(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    write = Wire.write

    def heard(wire: Wire, data: bytes) -> int:
        written.append(data)
        return write(wire, data)

    async def main(mock: MockExchange) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}/ws") as ws,
        ):
            await ws.send_str("tick")
            await asyncio.sleep(20.5)

    monkeypatch.setattr(Wire, "write", heard)
    virtually(main)
    (both,) = [data for data in written if b"kline" in data and data.count(b"1717243220000") == 2]
    assert both.startswith(b"\x89\x0d1717243220000\x81")


def test_the_same_run_leaves_the_same_journal() -> None:
    async def main(mock: MockExchange) -> list[Any]:
        async with aiohttp.ClientSession() as session:
            for how in ("close 1008", "eof", "reset", "hello"):
                async with session.ws_connect(f"{mock.ws_url}/ws") as ws:
                    await ws.send_str("tick")
                    await asyncio.sleep(30)
                    await ws.send_str(how)
                    while not (await ws.receive()).type & 0x100 and how != "hello":
                        pass
        return list(mock.journal)

    assert virtually(main) == virtually(main)


@pytest.mark.parametrize("action", [Close(1001), Drop("eof"), Drop("reset")], ids=str)
def test_ends_a_deaf_client_within_seconds(action: Close | Drop) -> None:
    async def main(mock: MockExchange) -> int:
        assert mock.plain_address is not None
        reader, writer = await asyncio.open_connection(*mock.plain_address)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await mock.until("out", within_s=1)
        mock.end_connections(action)
        assert not mock.engine.connections
        try:
            received = await reader.read()
            assert received.endswith(b"\x88\x02\x03\xe9") == (action == Close(1001))
        except ConnectionResetError:
            assert action == Drop("reset")
        took_ms = mock.now_ms() - EPOCH_MS
        writer.close()
        return took_ms

    assert virtually(main) <= 2_000


def test_stop_takes_no_time_without_a_deaf_client() -> None:
    async def served() -> int:
        mock = MockExchange(ToyExchange)
        await mock.start()
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{mock.rest_url}/echo"):
                pass
            ws = await session.ws_connect(f"{mock.ws_url}/ws")
            await mock.stop()
            took_ms = mock.now_ms() - EPOCH_MS
            await ws.close()
        return took_ms

    assert run(served, epoch_ms=EPOCH_MS) == 0


def test_stop_is_bounded_with_half_open_tls() -> None:
    async def served() -> int:
        mock = MockExchange(ToyExchange, tls_port=0)
        await mock.start()
        assert mock.tls_address is not None and mock.authority is not None
        _, half = await asyncio.open_connection(*mock.tls_address)
        half.write(b"\x16\x03\x01")
        trust = ssl.create_default_context(cadata=mock.authority.pem.decode())
        async with aiohttp.ClientSession() as session:
            ws = await session.ws_connect(f"{mock.tls_ws_url}/ws", ssl=trust)
            assert await ws.receive_str() == "welcome"
            await mock.stop()
            took_ms = mock.now_ms() - EPOCH_MS
            await ws.close()
        half.close()
        return took_ms

    assert run(served, epoch_ms=EPOCH_MS) <= 5_000
