"""Unmodified clients at production URLs, over real TLS, on virtual time."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests
import websocket
import websockets.asyncio.client
from aiohttp import web

from conformance.clock import run
from conformance.network import BlockingCall, HostRefused, Network, prepare
from mock_exchanges.server.tls import Authority

REST_HOST, STREAM_HOST = "api.binance.com", "stream.binance.com"
REST_URL = f"https://{REST_HOST}/api/v3/ping"
STREAM_URL = f"wss://{STREAM_HOST}:9443/ws"
ELSEWHERE = "example.com"


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.server_context([REST_HOST, STREAM_HOST])


@pytest.fixture(autouse=True)
def trusting(authority: Authority, tmp_path: Path) -> Iterator[None]:
    with prepare(authority, tmp_path):
        yield


class Mock:
    """A tiny exchange: answers with the Host header it saw, and echoes."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.hosts: list[str] = []

    async def ping(self, request: web.Request) -> web.Response:
        self.hosts.append(request.host)
        return web.json_response({"host": request.host, "secure": request.secure})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        self.hosts.append(request.host)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket


@asynccontextmanager
async def serving(tls: ssl.SSLContext) -> AsyncIterator[Mock]:
    network = Network()
    mock = Mock(network)
    app = web.Application()
    app.router.add_get("/api/v3/ping", mock.ping)
    app.router.add_get("/ws", mock.stream)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        for context in (None, tls):
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        plain, secure = runner.addresses
        network.route([REST_HOST, STREAM_HOST], plain, secure)
        with network.active():
            yield mock
    finally:
        await runner.cleanup()


def play(tls: ssl.SSLContext, client: Callable[[], Awaitable[object]]) -> Mock:
    """Run a client against the mock; nothing may cross five virtual seconds."""

    async def main() -> Mock:
        async with serving(tls) as mock:
            async with asyncio.timeout(5):
                await client()
            return mock

    return run(main)


# Every client: an answer over TLS at the production URL, then a host that does not exist here.


async def aiohttp_http(url: str) -> object:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.json()


async def aiohttp_websocket(url: str) -> object:
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as stream:
        await stream.send_str("hello")
        return await stream.receive_str()


async def websockets_asyncio(url: str) -> object:
    async with websockets.asyncio.client.connect(url) as stream:
        await stream.send("hello")
        return await stream.recv()


async def httpx_async(url: str) -> object:
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).json()


def requests_sync(url: str) -> object:
    with requests.Session() as session:
        return session.get(url, timeout=5).json()


def httpx_sync(url: str) -> object:
    with httpx.Client() as client:
        return client.get(url).json()


def urllib_sync(url: str) -> object:
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


def websocket_client_sync(url: str) -> object:
    stream = websocket.create_connection(url, timeout=5)
    try:
        stream.send("hello")
        return stream.recv()
    finally:
        stream.close()


Client = Callable[[str], Awaitable[object]]


def in_thread(client: Callable[[str], object]) -> Client:
    async def call(url: str) -> object:
        return await asyncio.to_thread(client, url)

    return call


HTTP: dict[str, Client] = {
    "aiohttp": aiohttp_http,
    "httpx-async": httpx_async,
    "httpx-sync": in_thread(httpx_sync),
    "requests": in_thread(requests_sync),
    "urllib": in_thread(urllib_sync),
}
STREAM: dict[str, Client] = {
    "aiohttp": aiohttp_websocket,
    "websockets": websockets_asyncio,
    "websocket-client": in_thread(websocket_client_sync),
}


@pytest.mark.parametrize("name", HTTP)
def test_http_clients_reach_the_mock(name: str, tls: ssl.SSLContext) -> None:
    async def client() -> None:
        assert await HTTP[name](REST_URL) == {"host": REST_HOST, "secure": True}

    mock = play(tls, client)
    assert mock.hosts == [REST_HOST]
    assert mock.network.contacts == [(REST_HOST, 443)]
    assert not mock.network.refused


@pytest.mark.parametrize("name", STREAM)
def test_stream_clients_reach_the_mock(name: str, tls: ssl.SSLContext) -> None:
    async def client() -> None:
        assert await STREAM[name](STREAM_URL) == "hello"

    mock = play(tls, client)
    assert mock.hosts == [f"{STREAM_HOST}:9443"]
    assert mock.network.contacts == [(STREAM_HOST, 9443)]


@pytest.mark.parametrize("name", HTTP)
def test_http_clients_are_refused_other_hosts(name: str, tls: ssl.SSLContext) -> None:
    async def client() -> None:
        with pytest.raises((OSError, httpx.ConnectError), match=f"{ELSEWHERE} is refused"):
            await HTTP[name](f"https://{ELSEWHERE}/")

    assert set(play(tls, client).network.refused) == {ELSEWHERE}


@pytest.mark.parametrize("name", STREAM)
def test_stream_clients_are_refused_other_hosts(name: str, tls: ssl.SSLContext) -> None:
    async def client() -> None:
        with pytest.raises(
            (OSError, websocket.WebSocketAddressException), match=f"{ELSEWHERE} is refused"
        ):
            await STREAM[name](f"wss://{ELSEWHERE}/ws")

    assert set(play(tls, client).network.refused) == {ELSEWHERE}


@pytest.mark.parametrize("name", HTTP)
def test_port_80_leads_to_the_plain_listener(name: str, tls: ssl.SSLContext) -> None:
    async def client() -> None:
        answer = await HTTP[name](REST_URL.replace("https", "http"))
        assert answer == {"host": REST_HOST, "secure": False}

    play(tls, client)


@pytest.mark.parametrize("name", [*HTTP, *STREAM])
def test_proxies_are_out_of_force(
    name: str, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://proxy.example.org:3128")
        monkeypatch.setenv(variable.lower(), "http://proxy.example.org:3128")
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)

    async def client() -> None:
        if name in HTTP:
            assert await HTTP[name](REST_URL)
        if name in STREAM:
            assert await STREAM[name](STREAM_URL)

    assert not play(tls, client).network.refused


@pytest.mark.parametrize("blocking", [requests_sync, urllib_sync, httpx_sync])
def test_a_blocking_client_in_async_code_is_told(
    blocking: Callable[[str], object], tls: ssl.SSLContext
) -> None:
    async def client() -> None:
        with pytest.raises(
            (OSError, httpx.ConnectError), match=f"blocking connection to {REST_HOST}"
        ):
            blocking(REST_URL)

    assert set(play(tls, client).network.blocking) == {REST_HOST}


def test_a_blocking_websocket_in_async_code_is_told(tls: ssl.SSLContext) -> None:
    async def client() -> None:
        with pytest.raises(BlockingCall, match="stops the event loop"):
            websocket.create_connection(STREAM_URL, timeout=5)

    assert set(play(tls, client).network.blocking) == {STREAM_HOST}


def test_an_untrusted_server_is_not_believed(tls: ssl.SSLContext, tmp_path: Path) -> None:
    """The certificates are really checked: another authority's client refuses."""

    async def client() -> None:
        with prepare(Authority(), tmp_path), pytest.raises(aiohttp.ClientConnectorError):
            await aiohttp_http(REST_URL)

    play(tls, client)


def test_an_hour_of_everything_at_once(tls: ssl.SSLContext) -> None:
    """Streams with pings both ways, and REST from threads: no time-out is ever false."""

    async def main() -> tuple[int, float]:
        updates = 0
        began = time.time()
        async with serving(tls):

            async def stream() -> None:
                nonlocal updates
                async with websockets.asyncio.client.connect(
                    STREAM_URL, ping_interval=18, ping_timeout=5
                ) as connection:
                    while time.time() - began < 3_600:
                        await connection.send("tick")
                        async with asyncio.timeout(2):
                            await connection.recv()
                        updates += 1
                        await asyncio.sleep(2)

            async def poll() -> None:
                async with (
                    aiohttp.ClientSession() as session,
                    session.ws_connect(STREAM_URL, heartbeat=20) as connection,
                ):
                    while time.time() - began < 3_600:
                        async with asyncio.timeout(1):
                            await asyncio.to_thread(requests_sync, REST_URL)
                            async with session.get(REST_URL) as response:
                                await response.read()
                            await connection.send_str("tick")
                            await connection.receive_str(timeout=1)
                        await asyncio.sleep(60)

            await asyncio.gather(stream(), poll())
            return updates, time.time() - began

    real = time.perf_counter()
    assert run(main) == (1_800, 3_600)
    assert time.perf_counter() - real < 15


def test_refusals_are_one_kind_of_error() -> None:
    with Network().active(), pytest.raises(HostRefused) as caught:
        urllib_error(f"https://{ELSEWHERE}/")
    assert caught.value.host == ELSEWHERE


def urllib_error(url: str) -> None:
    try:
        urllib_sync(url)
    except urllib.error.URLError as error:
        assert isinstance(error.reason, OSError)
        raise error.reason from None
