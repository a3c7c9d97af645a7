"""The server on a plain loop in real time, against a toy exchange."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.journal import Entry
from mock_exchanges.faults import HttpStatus
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.waiting import NotInTime
from tests.mock_exchanges.server.toy import ToyExchange

WITHIN_S = 10.0


@pytest.fixture
async def mock() -> AsyncIterator[MockExchange]:
    async with MockExchange(ToyExchange) as mock:
        yield mock


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def raw(mock: MockExchange) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = mock.plain_address
    assert address is not None
    return await asyncio.open_connection(*address)


async def upgrade(mock: MockExchange) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await raw(mock)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 101 " in head
    assert await reader.readexactly(9) == b"\x81\x07welcome"
    return reader, writer


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def still_serves(mock: MockExchange, client: aiohttp.ClientSession) -> None:
    async with client.get(f"{mock.rest_url}/echo") as response:
        assert response.status == 200
    async with client.ws_connect(f"{mock.ws_url}/ws") as ws:
        assert await ws.receive_str() == "welcome"


async def test_gives_the_exchange_the_request_as_sent(
    mock: MockExchange, client: aiohttp.ClientSession
) -> None:
    from yarl import URL

    target = URL(f"{mock.rest_url}/a%2Fb%20c?x=%2B1&y=a+b", encoded=True)
    async with client.post(target, data=b"body", headers={"User-Agent": "me"}) as response:
        assert await response.json() == {
            "method": "POST",
            "path": "/a%2Fb%20c",
            "query": "x=%2B1&y=a+b",
            "body": "body",
            "client": "127.0.0.1",
            "agent": "me",
        }


async def test_reads_the_proxy_form_of_a_target(mock: MockExchange) -> None:
    reader, writer = await raw(mock)
    writer.write(b"GET http://api.example.com/echo?a=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    await reader.readuntil(b'"path": "/echo", "query": "a=1"')
    await closed(writer)


async def test_dates_answers_by_its_own_clock(client: aiohttp.ClientSession) -> None:
    async with (
        MockExchange(ToyExchange, epoch_ms=1_700_000_000_000) as mock,
        client.get(f"{mock.rest_url}/echo") as response,
    ):
        assert response.headers["Date"].startswith("Tue, 14 Nov 2023 22:13:2")
        assert 0 <= mock.now_ms() - 1_700_000_000_000 < WITHIN_S * 1000


async def test_an_answer_can_be_cut(mock: MockExchange, client: aiohttp.ClientSession) -> None:
    mock.add_fault(HttpStatus(status=200, body="0123456789", path="/candles", cut_after=4))
    async with client.get(f"{mock.rest_url}/candles") as response:
        assert response.headers["Content-Length"] == "10"
        assert await response.content.readexactly(4) == b"0123"
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.content.readexactly(1)
    await still_serves(mock, client)


async def test_talks_websocket(mock: MockExchange, client: aiohttp.ClientSession) -> None:
    async with client.ws_connect(f"{mock.ws_url}/ws", autoping=False) as ws:
        assert await ws.receive_str() == "welcome"
        await ws.send_str("hällo " + "x" * 70_000)
        assert await ws.receive_str() == "hällo " + "x" * 70_000
        await ws.ping(b"mine")
        message = await ws.receive()
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"mine")
        assert not ws.compress
    entry = await mock.until("lost", within_s=WITHIN_S)
    assert entry.text == "client closed 1000"
    assert not mock.engine.connections


async def test_refuses_handshakes(mock: MockExchange, client: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(f"{mock.ws_url}/nowhere")
    assert refused.value.status == 400
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    async with client.get(f"{mock.rest_url}/ws", headers=headers) as response:
        assert response.status == 400
    await still_serves(mock, client)


async def test_closes_with_code_and_reason_and_nothing_after(
    mock: MockExchange, client: aiohttp.ClientSession
) -> None:
    async with client.ws_connect(f"{mock.ws_url}/ws") as ws:
        await ws.send_str("close 1008")
        texts = [await ws.receive_str(), await ws.receive_str()]
        message = await ws.receive()
    assert texts == ["welcome", "before"]
    assert message.type is aiohttp.WSMsgType.CLOSE
    assert (message.data, message.extra) == (1008, "as asked")


@pytest.mark.parametrize("how", ["eof", "reset"])
async def test_drops_without_a_close_frame(mock: MockExchange, how: str) -> None:
    reader, writer = await upgrade(mock)
    mock.end_connections(Drop("reset" if how == "reset" else "eof"))
    if how == "reset":
        with pytest.raises(ConnectionResetError):
            await reader.read()
    else:
        assert await reader.read() == b""
    await closed(writer)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02\x03 nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
async def test_survives_http_garbage(
    mock: MockExchange, client: aiohttp.ClientSession, garbage: bytes
) -> None:
    _, writer = await raw(mock)
    writer.write(garbage)
    await still_serves(mock, client)
    await closed(writer)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x82\x00\x00\x00\x00\xff\xfe", 1007),
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", None),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
        (b"\xf1\x80\x00\x00\x00\x00", 1002),
    ],
    ids=["invalid utf-8", "oversized", "unknown opcode", "reserved bits"],
)
async def test_ends_who_breaks_the_protocol_and_nobody_else(
    mock: MockExchange, client: aiohttp.ClientSession, frame: bytes, code: int | None
) -> None:
    async with client.ws_connect(f"{mock.ws_url}/ws") as bystander:
        reader, writer = await upgrade(mock)
        writer.write(frame)
        async with asyncio.timeout(WITHIN_S):
            answer = await reader.read()
        assert answer[0] == 0x88
        assert code is None or int.from_bytes(answer[2:4]) == code
        entry = await mock.until("lost", within_s=WITHIN_S)
        assert "protocol error" in entry.text
        assert await bystander.receive_str() == "welcome"
        await bystander.send_str("still here")
        assert await bystander.receive_str() == "still here"
        await closed(writer)


async def test_drops_who_does_not_read(client: aiohttp.ClientSession) -> None:
    async with MockExchange(ToyExchange) as mock:
        reader, writer = await upgrade(mock)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"\x81\x8e\x00\x00\x00\x00flood 20000000"[: 6 + 14])
        entry = await mock.until("lost", within_s=WITHIN_S)
        assert "does not read" in entry.text
        await still_serves(mock, client)
        writer.transport.abort()
        await closed(writer)


async def test_a_vanished_client_is_recorded(mock: MockExchange) -> None:
    _, writer = await upgrade(mock)
    writer.transport.abort()
    entry = await mock.until("lost", within_s=WITHIN_S)
    assert entry.text == "connection lost"
    await closed(writer)


async def test_until_shows_what_did_arrive(
    mock: MockExchange, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{mock.rest_url}/echo?what=this"):
        pass
    with pytest.raises(NotInTime) as missed:
        await mock.until("connect", within_s=0.01)
    assert str(missed.value).startswith("no 'connect' within 0.01 s; the last of 2 entries:\n")
    assert "GET /echo?what=this" in str(missed.value)


async def test_until_hears_what_comes(mock: MockExchange, client: aiohttp.ClientSession) -> None:
    def asks_for_more(entry: Entry) -> bool:
        return entry.kind == "in" and entry.text == "more"

    waited = asyncio.create_task(mock.until(asks_for_more, within_s=WITHIN_S))
    async with client.ws_connect(f"{mock.ws_url}/ws") as ws:
        await ws.send_str("less")
        await ws.send_str("more")
        assert (await waited).text == "more"
        seen = mock.journal.total
        with pytest.raises(NotInTime, match="no asks_for_more within"):
            await mock.until(asks_for_more, within_s=0.01, after=seen)


async def test_until_passes_on_a_faulty_predicate(
    mock: MockExchange, client: aiohttp.ClientSession
) -> None:
    waited = asyncio.create_task(mock.until(lambda entry: 1 // 0 == 1, within_s=WITHIN_S))
    await asyncio.sleep(0)
    await still_serves(mock, client)
    with pytest.raises(ZeroDivisionError):
        await waited


async def test_stop_ends_everything(client: aiohttp.ClientSession) -> None:
    before = asyncio.all_tasks()
    mock = MockExchange(ToyExchange, tls_port=0)
    await mock.start()
    ws = await client.ws_connect(f"{mock.ws_url}/ws")
    assert await ws.receive_str() == "welcome"
    silent = [await raw(mock) for _ in range(3)]
    half = await raw(mock)
    half[1].write(b"GET /echo HTTP/1.1\r\nHo")
    deaf = await upgrade(mock)
    deaf[0]._transport.pause_reading()  # type: ignore[attr-defined]
    async with client.get(f"{mock.rest_url}/echo"):
        pass
    async with asyncio.timeout(WITHIN_S):
        await mock.stop()
    message = await ws.receive()
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1001)
    assert asyncio.all_tasks() == before
    await mock.stop()
    for _, writer in [*silent, half, deaf]:
        writer.transport.abort()
        await closed(writer)
    gc.collect()


async def test_serves_tls(client: aiohttp.ClientSession) -> None:
    async with MockExchange(ToyExchange, port=None, tls_port=0) as mock:
        assert mock.authority is not None
        trust = ssl.create_default_context(cadata=mock.authority.pem.decode())
        async with client.get(f"{mock.tls_rest_url}/echo", ssl=trust) as response:
            assert response.status == 200
        async with client.ws_connect(f"{mock.tls_ws_url}/ws", ssl=trust) as ws:
            assert await ws.receive_str() == "welcome"
            mock.end_connections(Drop("eof"))
            assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSED
        with pytest.raises(RuntimeError, match="no http listener"):
            _ = mock.rest_url


async def test_a_port_in_use_is_an_error_and_leaves_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="address already in use"):
            await MockExchange(ToyExchange, port=taken.getsockname()[1]).start()


async def test_needs_a_listener_and_one_market() -> None:
    with pytest.raises(ValueError, match="at least one listener"):
        MockExchange(ToyExchange, port=None)
    with pytest.raises(RuntimeError, match="not started"):
        _ = MockExchange(ToyExchange).rest_url


@pytest.mark.parametrize("where", ["request", "frame"])
async def test_a_bug_of_the_exchange_is_loud(client: aiohttp.ClientSession, where: str) -> None:
    mock = MockExchange(ToyExchange)
    await mock.start()
    if where == "request":
        async with client.get(f"{mock.rest_url}/bug") as response:
            assert response.status == 500
    else:
        async with client.ws_connect(f"{mock.ws_url}/ws") as ws:
            await ws.receive_str()
            await ws.send_str("bug")
            assert (await ws.receive()).type is not aiohttp.WSMsgType.TEXT
    with pytest.raises(ZeroDivisionError, match="the toy's bug"):
        await mock.stop()
