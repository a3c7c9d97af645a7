"""The proxy: production addresses lead to the mocks, and nothing else is let through."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from mock_exchanges.cli import main
from mock_exchanges.core.actions import Close
from mock_exchanges.faults import Refuse, Reset
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.proxy import Proxy
from mock_exchanges.server.tls import Authority
from tests.mock_exchanges.faults.bench import play
from tests.mock_exchanges.server.proxied_clients import OTHER, PLAIN, REST

COMMAND = [sys.executable, "-m", "mock_exchanges.cli", "serve"]
SCRIPT = Path(__file__).with_name("proxied_clients.py")
ENDS_WITHIN_S = 60


@contextmanager
def serving(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


# -- real clients, by nothing but the environment


@pytest.fixture(scope="module")
def asked() -> Iterator[dict[str, Any]]:
    """What clients in another process found, and what the server said meanwhile."""
    with serving("binance", "okx", "--tls", "--proxy", "--json") as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        environment = addresses["okx"]["environment"]
        assert environment == addresses["binance"]["environment"]
        assert environment["HTTPS_PROXY"] == addresses["okx"]["proxy"]
        done = subprocess.run(
            [sys.executable, SCRIPT], env={**os.environ, **environment},
            capture_output=True, text=True, check=True, timeout=ENDS_WITHIN_S,
        )  # fmt: skip
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=ENDS_WITHIN_S)
        assert process.returncode == 0
        yield {**json.loads(done.stdout), "said": err}


@pytest.mark.parametrize("client", ["requests", "httpx", "httpx async", "aiohttp", "urllib"])
def test_rest_of_production_is_the_mocks(asked: dict[str, Any], client: str) -> None:
    answers = asked["answers"][client]
    assert json.loads(answers[REST])["serverTime"] > 1_700_000_000_000
    assert "403" in answers[OTHER]
    assert "host 'api.kraken.com' is not served" in answers[OTHER]
    # either as the body of an answer, or as an error
    assert "403" in answers[PLAIN] or "is not over TLS" in answers[PLAIN]


# websockets goes by the environment's proxy from version 15 on
MODERN = int(version("websockets").partition(".")[0]) >= 15
STREAMS = ["websocket-client", "aiohttp", *(["websockets", "websockets.sync"] if MODERN else [])]


@pytest.mark.parametrize("client", STREAMS)
def test_streams_of_production_are_the_mocks(asked: dict[str, Any], client: str) -> None:
    assert json.loads(asked["streams"][client])["e"] == "kline"


def test_the_server_says_what_it_refused(asked: dict[str, Any]) -> None:
    assert "proxy: host 'api.kraken.com' is not served" in asked["said"]
    assert "Traceback" not in asked["said"]


def test_the_block_to_paste_is_what_a_shell_takes() -> None:
    with serving("okx", "--tls", "--proxy") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDS_WITHIN_S) == 0
    exports = "".join(line for line in lines if line.startswith("export "))
    shown = subprocess.run(
        ["sh", "-c", f"{exports}\nenv"], capture_output=True, text=True, check=True
    ).stdout
    for name in (
        "HTTPS_PROXY=http://127.0.0.1:", "wss_proxy=http://127.0.0.1:", "SSL_CERT_FILE=/",
        "REQUESTS_CA_BUNDLE=/", "WEBSOCKET_CLIENT_CA_BUNDLE=/", "NODE_EXTRA_CA_CERTS=/",
    ):  # fmt: skip
        assert f"\n{name}" in f"\n{shown}"
    assert any("www.okx.com" in line for line in lines)


def test_misuse_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--proxy"]) == 2
    assert "--proxy needs --tls" in capsys.readouterr().err
    assert main(["serve", "--tls", "--proxy", "nine"]) == 2
    assert "'nine' is no port" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--tls", "--proxy", str(port)]) == 2
    assert f"port in use: 127.0.0.1:{port}, for the proxy" in capsys.readouterr().err


# -- in one process, on virtual time


class Site:
    """A proxy, its mocks, and a client that trusts them."""

    def __init__(self, proxy: Proxy, mocks: dict[str, MockExchange], trust: ssl.SSLContext) -> None:
        self.proxy, self.mocks, self.trust = proxy, mocks, trust

    def through(self) -> dict[str, Any]:
        """What aiohttp needs to be told."""
        return {"proxy": self.proxy.url, "ssl": self.trust}


@asynccontextmanager
async def site(*names: str) -> AsyncIterator[tuple[Site, aiohttp.ClientSession]]:
    authority = Authority()
    trust = ssl.create_default_context(cadata=authority.pem.decode())
    mocks = {name: MockExchange(name, port=None, tls_port=0, authority=authority) for name in names}
    async with Proxy(mocks) as proxy, aiohttp.ClientSession() as session:
        for mock in mocks.values():
            await mock.start()
        yield Site(proxy, mocks, trust), session
        for mock in mocks.values():
            await mock.stop()


async def answer(proxy: Proxy, request: bytes) -> tuple[int, str, str]:
    """Return status, reason and body of an answer of the proxy."""
    host, port = proxy.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    _, status, reason = head.split("\r\n")[0].split(" ", 2)
    return int(status), reason, body


def test_each_host_leads_to_its_own_exchange_and_every_documented_port_does() -> None:
    async def main() -> None:
        async with site("binance", "okx", "kucoin") as (here, http):
            for mock in here.mocks.values():
                samples = mock.exchange.samples
                urls = [f"https://{host}/x" for host in samples.rest_hosts]
                urls += [
                    f"https://{host}:{port}/x"
                    for host, ports in samples.ws_hosts.items() for port in ports
                ]  # fmt: skip
                for url in urls:
                    before = mock.journal.total
                    async with http.get(url, **here.through()):
                        pass
                    assert mock.seen("request", after=before), url
            assert sum(len(m.seen("request")) for m in here.mocks.values()) >= 20

    play(main)


@pytest.mark.parametrize(
    ("target", "status", "why"),
    [
        ("api.kraken.com:443", 403, "host 'api.kraken.com' is not served"),
        ("api.binance.con:443", 403, "did you mean 'api.binance.com'?"),
        ("api.binance.com:8443", 403, "api.binance.com has no port 8443, expected 443 (TLS)"),
        ("stream.binance.com:80", 403, "has no port 80, expected 443, 9443 (TLS)"),
        ("127.0.0.1:443", 403, "host '127.0.0.1' is not served"),
        ("[::1]:443", 403, "is not served"),
        ("stream.testnet.binance.vision:443", 403, "is not served"),
        ("api.binance.com", 400, "expected HOST:PORT"),
        ("api.binance.com:", 400, "expected HOST:PORT"),
    ],
)
def test_what_is_not_served_is_refused_by_name(target: str, status: int, why: str) -> None:
    async def main() -> None:
        async with site("binance") as (here, _):
            got, reason, body = await answer(
                here.proxy, f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode()
            )
            assert got == status
            assert why in reason
            assert why in body
            assert "served: binance: api.binance.com, " in body
            assert not here.mocks["binance"].seen("request")

    play(main)


def test_a_host_may_be_written_in_any_case() -> None:
    async def main() -> None:
        async with site("binance") as (here, _):
            assert here.proxy.destination("CONNECT", "API.Binance.com.:443") == (
                here.mocks["binance"].tls_address
            )

    play(main)


@pytest.mark.parametrize(
    ("request_", "status", "why"),
    [
        (b"GET http://api.binance.com/api/v3/time HTTP/1.1\r\n\r\n", 403, "is not over TLS"),
        (b"GET /api/v3/time HTTP/1.1\r\n\r\n", 400, "this is a proxy"),
        (b"\x16\x03\x01 garbage\r\n\r\n", 400, "expected a request of HTTP/1.1"),
        (b"CONNECT a\x1b[31mb:443 HTTP/1.1\r\n\r\n", 403, "host 'a?[31mb' is not served"),
        (b"CONNECT x:443 HTTP/1.1\r\n" + b"a" * 70_000, 431, "too long"),
        (b"POST http://x.example/ HTTP/1.1\r\n\r\n" + b"a" * 500_000, 403, "not over TLS"),
    ],
)
def test_other_requests_are_refused_aloud(request_: bytes, status: int, why: str) -> None:
    async def main() -> None:
        async with site("demo") as (here, _):
            got, reason, body = await answer(here.proxy, request_)
            assert got == status
            assert why in reason
            assert why in body

    play(main)


def test_who_says_nothing_is_cut_off_after_a_while() -> None:
    async def main() -> float:
        async with site("demo") as (here, _):
            began = asyncio.get_running_loop().time()
            with pytest.raises((ConnectionError, ValueError)):
                await answer(here.proxy, b"CONNECT ")
            return asyncio.get_running_loop().time() - began

    assert play(main) == pytest.approx(10, abs=1)


def test_candles_come_through_and_so_do_faults_and_goodbyes() -> None:
    async def main() -> None:
        async with site("binance") as (here, http):
            mock = here.mocks["binance"]
            url = "wss://stream.binance.com:9443/ws/btcusdt@kline_1m"
            ws = await http.ws_connect(url, **here.through())
            for _ in range(5):
                assert (await ws.receive_json())["e"] == "kline"
            fault = mock.add_fault(Reset(after=2))
            for _ in range(2):
                await ws.receive_json()
            message = await ws.receive()
            assert message.type in (aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED)
            assert ws.close_code == 1006
            mock.remove_fault(fault)
            fault = mock.add_fault(Refuse())
            with pytest.raises(aiohttp.ClientError):
                await http.ws_connect(url, **here.through())
            mock.remove_fault(fault)
            ws = await http.ws_connect(url, **here.through())
            await ws.receive_json()
            mock.end_connections(Close(1001, "over"))
            while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert (message.data, message.extra) == (1001, "over")
            ws = await http.ws_connect(url, **here.through())
            await mock.stop()
            while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.data == 1001
            with pytest.raises(aiohttp.ClientHttpProxyError) as caught:
                await http.get("https://api.binance.com/", **here.through())
            assert caught.value.status == 502
            assert "does not run" in caught.value.message

    play(main)


def test_two_of_one_host_and_exchanges_without_hosts_are_refused() -> None:
    one, two = (MockExchange("demo", port=None, tls_port=0) for _ in range(2))
    with pytest.raises(ValueError, match=r"host is '.*', which both one and two serve"):
        Proxy({"one": one, "two": two})
    with pytest.raises(ValueError, match="bare says no production hosts"):
        Proxy({"bare": SimpleNamespace(exchange=SimpleNamespace())})  # type: ignore[dict-item]


def test_a_mock_without_tls_is_said_to_have_none() -> None:
    async def main() -> tuple[int, str, str]:
        async with MockExchange("demo") as mock, Proxy({"demo": mock}) as proxy:
            host = mock.exchange.samples.rest_hosts[0]
            return await answer(proxy, f"CONNECT {host}:443 HTTP/1.1\r\n\r\n".encode())

    assert play(main)[:2] == (
        502, "demo, which serves api.demo-exchange.example, has no TLS listener",
    )  # fmt: skip


# -- the tunnel itself, with a server of the test's own in place of a mock


class Far:
    """A server that the test speaks for."""

    def __init__(self) -> None:
        self.accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self.accepted = asyncio.Queue()
        self.address = ("", 0)
        self.exchange = SimpleNamespace(
            samples=SimpleNamespace(rest_hosts=["x.example"], ws_hosts={})
        )

    @property
    def tls_address(self) -> tuple[str, int]:
        """Where a mock would listen."""
        return self.address


@asynccontextmanager
async def tunnel() -> AsyncIterator[Any]:
    """Give proxy, (reader, writer) of a client, and those of what it was led to."""
    far = Far()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far.accepted.put_nowait((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=1 << 16)
    far.address = server.sockets[0].getsockname()
    async with Proxy({"far": far}) as proxy:  # type: ignore[dict-item]
        host, port = proxy.url.removeprefix("http://").split(":")
        near = await asyncio.open_connection(host, int(port))
        # what follows the head at once is not lost
        near[1].write(b"CONNECT x.example:443 HTTP/1.1\r\n\r\nearly")
        there = await far.accepted.get()
        head = await near[0].readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert await there[0].readexactly(5) == b"early"
        yield proxy, near, there
        near[1].close()
        there[1].close()
    server.close()


def test_each_direction_ends_by_itself() -> None:
    async def main() -> None:
        async with tunnel() as (_, near, there):
            near[1].write(b"last")
            near[1].write_eof()
            assert await there[0].read() == b"last"
            there[1].write(b"still here")
            there[1].close()
            assert await near[0].read() == b"still here"

    play(main)


@pytest.mark.parametrize("ends", ["near", "there"])
def test_a_reset_stays_a_reset(ends: str) -> None:
    async def main() -> None:
        async with tunnel() as (_, near, there):
            one, other = (near, there) if ends == "near" else (there, near)
            sock = one[1].get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one[1].transport.abort()
            with pytest.raises(ConnectionResetError):
                await other[0].read()

    play(main)


def test_who_does_not_read_is_felt_by_who_sends() -> None:
    async def main() -> None:
        async with tunnel() as (_, near, there):
            chunk, sent = b"x" * 65_536, 0
            near[0]._transport.pause_reading()
            # far more than the sockets of the way hold
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    while sent < 256 << 20:
                        there[1].write(chunk)
                        sent += len(chunk)
                        await there[1].drain()
            assert sent < 64 << 20
            near[0]._transport.resume_reading()
            there[1].write_eof()
            read = 0
            while part := await near[0].read(1 << 20):
                read += len(part)
            assert read == sent

    play(main)


def test_a_stop_ends_tunnels_in_bounded_time() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with tunnel() as (proxy, near, there):
            there[1].write(b"goodbye")
            await asyncio.sleep(0.1)
            began = loop.time()
            await proxy.stop()
            assert loop.time() - began <= 2.1
            assert await near[0].read() == b"goodbye"
            assert await there[0].read() == b""
            assert not proxy.ends
            await proxy.stop()
            with pytest.raises(RuntimeError, match="the proxy is not started"):
                _ = proxy.url

    play(main)
