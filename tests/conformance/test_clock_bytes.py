"""A jump never overtakes bytes under way."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable

import pytest

from conformance import clock
from conformance.clock import Stuck, VirtualLoop
from mock_exchanges.server.tls import Authority

HOST = "127.0.0.1"
servers: list[asyncio.Server] = []
LIMIT_S = 5.0  # virtual: a jump past bytes under way would cross it


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**20):
        writer.write(data)
        await writer.drain()
    writer.close()
    await writer.wait_closed()


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None] | None]


async def serve(
    handler: Handler = echo,
    tls: ssl.SSLContext | None = None,
) -> int:
    server = await asyncio.start_server(handler, HOST, 0, ssl=tls)
    servers.append(server)
    port: int = server.sockets[0].getsockname()[1]
    return port


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def serving() -> None:
        try:
            await main()
        finally:
            while servers:
                servers.pop().close()
            await asyncio.sleep(0)

    clock.run(serving)


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def nothing_jumped() -> None:
    """The clock has not moved, and once it does nothing is left in the account."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    assert loop.elapsed_ms == 0
    await asyncio.sleep(1)
    account = loop._account
    assert (account.total, account._ends, account._flows) == (0, {}, {})


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_small_messages() -> None:
    async def main() -> None:
        reader, writer = await asyncio.open_connection(HOST, await serve())
        for _ in range(10_000):
            async with asyncio.timeout(LIMIT_S):
                writer.write(b"x" * 100)
                await reader.readexactly(100)
        await close(writer)
        await nothing_jumped()

    run(main)


def test_connecting_and_closing() -> None:
    async def main() -> None:
        port = await serve()
        for _ in range(1_500):
            async with asyncio.timeout(LIMIT_S):
                reader, writer = await asyncio.open_connection(HOST, port)
                writer.write(b"x" * 100)
                await reader.readexactly(100)
                await close(writer)
        await nothing_jumped()

    run(main)


def test_messages_larger_than_the_buffers() -> None:
    async def main() -> None:
        reader, writer = await asyncio.open_connection(HOST, await serve())
        for _ in range(50):
            async with asyncio.timeout(LIMIT_S):
                writer.write(b"x" * 2_000_000)
                await reader.readexactly(2_000_000)
        await close(writer)
        await nothing_jumped()

    run(main)


def test_two_small_writes_with_nagle() -> None:
    def delay(writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)

    async def halves(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        delay(writer)
        while not reader.at_eof():
            writer.write(await reader.read(100))
        await close(writer)

    async def main() -> None:
        reader, writer = await asyncio.open_connection(HOST, await serve(halves))
        delay(writer)
        for _ in range(25):  # the kernel holds the second half back: 40 ms of real time each
            async with asyncio.timeout(LIMIT_S):
                writer.write(b"x" * 50)
                writer.write(b"x" * 50)
                await reader.readexactly(100)
        await close(writer)
        await nothing_jumped()

    run(main)


def test_tls(authority: Authority) -> None:
    trusted = ssl.create_default_context(cadata=authority.pem.decode())

    async def main() -> None:
        port = await serve(tls=authority.server_context(["localhost"]))
        for _ in range(60):
            async with asyncio.timeout(LIMIT_S):
                reader, writer = await asyncio.open_connection(
                    HOST, port, ssl=trusted, server_hostname="localhost"
                )
            for size in [100] * 20 + [300_000]:
                async with asyncio.timeout(LIMIT_S):
                    writer.write(b"x" * size)
                    await reader.readexactly(size)
            async with asyncio.timeout(LIMIT_S):
                await close(writer)
        await nothing_jumped()

    run(main)


def test_upgrading_to_tls(authority: Authority) -> None:
    trusted = ssl.create_default_context(cadata=authority.pem.decode())
    own = authority.server_context(["localhost"])

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"start")
        await writer.start_tls(own)
        await echo(reader, writer)

    async def main() -> None:
        reader, writer = await asyncio.open_connection(HOST, await serve(upgrade))
        async with asyncio.timeout(LIMIT_S):
            assert await reader.readexactly(5) == b"start"
            await writer.start_tls(trusted, server_hostname="localhost")
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            await close(writer)
        await nothing_jumped()

    run(main)


def test_a_hundred_clients_at_once() -> None:
    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection(HOST, port)
        for _ in range(50):
            async with asyncio.timeout(LIMIT_S):
                writer.write(b"x" * 100)
                await reader.readexactly(100)
        await close(writer)

    async def main() -> None:
        port = await serve()
        await asyncio.gather(*(client(port) for _ in range(100)))
        await nothing_jumped()

    run(main)


def test_sockets_used_directly() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with socket.create_server((HOST, 0)) as listener:
            listener.setblocking(False)
            address = listener.getsockname()

            async def answer() -> None:
                while True:
                    sock, _ = await loop.sock_accept(listener)
                    with sock:
                        while data := await loop.sock_recv(sock, 2**20):
                            await loop.sock_sendall(sock, data)

            task = asyncio.create_task(answer())
            await asyncio.sleep(0)
            buffer = bytearray(1_000)
            for _ in range(500):
                with socket.socket() as sock:
                    sock.setblocking(False)
                    async with asyncio.timeout(LIMIT_S):
                        await loop.sock_connect(sock, address)
                        await loop.sock_sendall(sock, b"x" * 1_000)
                        left = 1_000
                        while left:
                            left -= await loop.sock_recv_into(sock, buffer)
            # a socket that is then handed to a transport keeps its account
            sock = socket.socket()
            sock.setblocking(False)
            await loop.sock_connect(sock, address)
            await loop.sock_sendall(sock, b"first")
            reader, writer = await asyncio.open_connection(sock=sock)
            async with asyncio.timeout(LIMIT_S):
                writer.write(b"second")
                assert await reader.readexactly(11) == b"firstsecond"
                await close(writer)
            task.cancel()
        await nothing_jumped()

    run(main)


def test_a_paused_reader_does_not_hold_the_clock() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        taken = loop.create_future()

        class Deaf(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                transport.pause_reading()
                taken.set_result(transport)

        server = await loop.create_server(Deaf, HOST, 0)
        _, writer = await asyncio.open_connection(HOST, server.sockets[0].getsockname()[1])
        transport = await taken
        writer.write(b"x" * 10_000_000)  # more than the kernel takes
        before = time.time()
        await asyncio.sleep(100)
        assert time.time() == before + 100
        writer.transport.abort()
        transport.abort()
        await asyncio.sleep(1)
        server.close()

    run(main)


def test_a_reset_connection_does_not_hold_the_clock() -> None:
    async def main() -> None:
        reset: list[bool] = []

        async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.write(b"lost")
            writer.transport.abort()

        port = await serve(slam)
        for _ in range(300):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(b"x" * 10)
            async with asyncio.timeout(LIMIT_S):
                try:
                    await reader.read(-1)
                except ConnectionResetError:
                    reset.append(True)
            writer.close()
        assert reset
        await nothing_jumped()
        await asyncio.sleep(3_600)

    run(main)


def test_half_closed_connections() -> None:
    async def main() -> None:
        port = await serve()
        for _ in range(300):
            reader, writer = await asyncio.open_connection(HOST, port)
            async with asyncio.timeout(LIMIT_S):
                writer.write(b"x" * 5_000)
                writer.write_eof()
                assert len(await reader.read(-1)) == 5_000
            await close(writer)
        await nothing_jumped()

    run(main)


def test_files_are_sent_through_the_account(tmp_path: os.PathLike[str]) -> None:
    path = os.path.join(tmp_path, "large")
    with open(path, "wb") as file:
        file.write(b"x" * 500_000)

    async def send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with open(path, "rb") as file:  # noqa: ASYNC230
            await asyncio.get_running_loop().sendfile(writer.transport, file)
        await close(writer)

    async def main() -> None:
        reader, writer = await asyncio.open_connection(HOST, await serve(send))
        async with asyncio.timeout(LIMIT_S):
            assert len(await reader.read(-1)) == 500_000
        await close(writer)
        await nothing_jumped()

    run(main)


def test_datagrams_and_unix_sockets_work(tmp_path: os.PathLike[str]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        arrived = loop.create_future()

        class Receiver(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, address: object) -> None:
                arrived.set_result(data)

        receiver, _ = await loop.create_datagram_endpoint(Receiver, local_addr=(HOST, 0))
        sender, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=receiver.get_extra_info("sockname")
        )
        sender.sendto(b"hello")
        assert await arrived == b"hello"  # no time-out: datagrams may get lost, none is counted
        sender.close()
        receiver.close()

        path = os.path.join(tmp_path, "s")
        server = await asyncio.start_unix_server(echo, path)
        reader, writer = await asyncio.open_unix_connection(path)
        async with asyncio.timeout(LIMIT_S):
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
        await close(writer)
        server.close()
        await nothing_jumped()

    run(main)


def test_bytes_that_never_arrive_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.clock.loop._BYTES_CAP_S", 0.05)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        reader, writer = await asyncio.open_connection(HOST, await serve())
        writer.write(b"x")
        await reader.readexactly(1)
        end = next(iter(loop._account._ends.values()))
        end.wrote(1)  # claimed, never sent
        try:
            await asyncio.sleep(1)
        finally:
            end.wrote(-1)

    with pytest.raises(Stuck, match=r"have not arrived in 0\.05 s"):
        run(main)


def test_a_job_that_never_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr("conformance.clock.loop._JOBS_CAP_S", 0.05)
    go = threading.Event()

    async def main() -> None:
        await asyncio.to_thread(go.wait, 5)

    with pytest.raises(Stuck, match=r"job has not ended in 0\.05 s"):
        run(main)
    go.set()
