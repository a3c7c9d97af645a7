"""The network as a plain socket meets it."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from conformance.clock import run
from conformance.network import BlockingCall, HostRefused, Network, bypasses, prepare
from mock_exchanges.server.tls import Authority

HOST = "api.binance.com"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def network(listener: socket.socket) -> Iterator[Network]:
    network = Network()
    network.route([HOST, "stream.binance.com"], listener.getsockname(), listener.getsockname())
    with network.active():
        yield network


@pytest.mark.parametrize("name", [HOST, HOST.encode(), HOST.upper(), HOST + "."])
def test_routed_names_have_a_private_address(network: Network, name: str | bytes) -> None:
    (found,) = socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    assert found == (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.77.0.2", 443))
    # bytes are right too, whatever the stubs say
    assert socket.gethostbyname(name) == "127.77.0.2"  # type: ignore[arg-type]
    assert socket.gethostbyname_ex(name) == (HOST, [], ["127.77.0.2"])  # type: ignore[arg-type]
    assert socket.gethostbyaddr("127.77.0.2")[0] == HOST


def test_every_host_has_its_own_address() -> None:
    network = Network()
    hosts = [f"host{number}.example" for number in range(1_000)]
    network.route(hosts, ("127.0.0.1", 1), None)
    with network.active():
        addresses = {socket.gethostbyname(host) for host in hosts}
    assert len(addresses) == 1_000
    assert all(address.startswith("127.77.") for address in addresses)


def test_arguments_of_getaddrinfo_are_honoured(network: Network) -> None:
    assert {entry[1] for entry in socket.getaddrinfo(HOST, "https", proto=socket.IPPROTO_UDP)} == {
        socket.SOCK_DGRAM
    }
    (found,) = socket.getaddrinfo(HOST, "https", 0, socket.SOCK_STREAM, 0, socket.AI_CANONNAME)
    assert found[3:] == (HOST, ("127.77.0.2", 443))
    with pytest.raises(socket.gaierror, match="no IPv6 address"):
        socket.getaddrinfo(HOST, 443, socket.AF_INET6)


def test_local_and_numeric_lookups_pass(network: Network) -> None:
    for host in (None, "localhost", b"localhost", "127.0.0.1", "::1", "192.0.2.1"):
        assert socket.getaddrinfo(host, 80)
    assert not network.refused


@pytest.mark.parametrize(
    "lookup",
    [
        lambda host: socket.getaddrinfo(host, 80),
        lambda host: socket.gethostbyname(host),
        lambda host: socket.gethostbyname_ex(host),
        lambda host: socket.gethostbyaddr(host),
        lambda host: socket.create_connection((host, 80)),
    ],
)
def test_other_names_are_refused(network: Network, lookup: object) -> None:
    assert callable(lookup)
    with pytest.raises(
        HostRefused, match=r"www\.example\.com is refused: only the mock exchanges' hosts"
    ):
        lookup("www.example.com")
    assert network.refused == ["www.example.com"]


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, ("192.0.2.1", 443)),
        (socket.AF_INET, ("www.example.com", 443)),
        (socket.AF_INET6, ("2001:db8::1", 443, 0, 0)),
        (socket.AF_INET6, ("::ffff:192.0.2.1", 443, 0, 0)),
    ],
)
def test_other_addresses_are_refused(
    network: Network, family: int, address: tuple[str, int]
) -> None:
    with socket.socket(family) as sock:
        for connect in (sock.connect, sock.connect_ex):
            with pytest.raises(HostRefused, match=f"{address[0]} is refused"):
                connect(address)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        with pytest.raises(HostRefused):
            sock.connect(address)
        with pytest.raises(HostRefused):
            sock.sendto(b"x", address)
        with pytest.raises(HostRefused):
            sock.sendto(b"x", 0, address)
    assert network.refused == [address[0]] * 5
    assert not network.contacts


def test_connects_lead_to_the_mock(network: Network, listener: socket.socket) -> None:
    for host, port in ((HOST, 443), (HOST, 9443), ("127.77.0.3", 80)):
        with socket.socket() as sock:
            sock.connect((host, port))
            assert sock.getpeername() == listener.getsockname()
    assert network.contacts == [(HOST, 443), (HOST, 9443), ("stream.binance.com", 80)]


def test_without_tls_only_port_80_answers(listener: socket.socket) -> None:
    network = Network()
    network.route([HOST], listener.getsockname(), None)
    with (
        network.active(),
        pytest.raises(ConnectionRefusedError, match=f"mock of {HOST} has no TLS"),
    ):
        socket.create_connection((HOST, 443))


def test_loopback_and_datagrams_pass(network: Network) -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as receiver,
        socket.socket(type=socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        sender.sendto(b"x", receiver.getsockname())
        assert receiver.recv(1) == b"x"
    assert not network.contacts


def test_the_mocks_own_address_may_not_be_blocked_on_either(
    network: Network, listener: socket.socket
) -> None:
    async def main() -> None:
        with socket.socket() as sock, pytest.raises(BlockingCall, match=r"127\.0\.0\.1:\d+"):
            sock.connect(listener.getsockname())

    run(main)
    assert len(network.blocking) == 1


async def test_a_loop_that_serves_no_mock_may_block(network: Network) -> None:
    socket.create_connection((HOST, 443)).close()
    _, writer = await asyncio.open_connection(HOST, 443)
    writer.close()
    await writer.wait_closed()
    assert network.contacts == [(HOST, 443)] * 2
    assert not network.blocking


def test_everything_is_put_back() -> None:
    names = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
    before = [getattr(socket, name) for name in names], dict(vars(socket.socket)), dict(os.environ)
    with Network().active():
        assert socket.getaddrinfo is not before[0][0]
        assert os.environ["NO_PROXY"] == "*"
    assert before == (
        [getattr(socket, name) for name in names],
        dict(vars(socket.socket)),
        dict(os.environ),
    )


def test_the_project_suite_itself_is_confined(only_this_machine: Network) -> None:
    with pytest.raises(HostRefused, match=r"pypi\.org"):
        socket.create_connection(("pypi.org", 443))
    assert "pypi.org" in only_this_machine.refused


def test_trust_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import certifi
    import requests
    from aiohttp import connector

    monkeypatch.setenv("SSL_CERT_DIR", "/nowhere")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    where, bundle = certifi.where, requests.utils.DEFAULT_CA_BUNDLE_PATH
    with prepare(Authority(), tmp_path) as file:
        assert certifi.where() == requests.utils.DEFAULT_CA_BUNDLE_PATH == str(file)
        assert os.environ["SSL_CERT_FILE"] == str(file)
        assert "SSL_CERT_DIR" not in os.environ
        trusting = connector._SSL_CONTEXT_VERIFIED
        assert len(trusting.get_ca_certs()) == 1
    assert (certifi.where, requests.utils.DEFAULT_CA_BUNDLE_PATH) == (where, bundle)
    assert os.environ["SSL_CERT_DIR"] == "/nowhere"
    assert "SSL_CERT_FILE" not in os.environ
    assert connector._SSL_CONTEXT_VERIFIED is not trusting


def test_certifi_imported_copies_are_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import certifi

    with prepare(Authority(), tmp_path):
        late = ModuleType("requests.certs")  # imported meanwhile, it copies what it finds
        late.where = certifi.where  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "requests.certs", late)
    assert late.where is certifi.where


def test_bypasses_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert bypasses() == []
    uvloop = pytest.importorskip("uvloop")

    async def look() -> list[str]:
        return bypasses()

    loop = uvloop.new_event_loop()
    try:
        (warning,) = loop.run_until_complete(look())
    finally:
        loop.close()
    assert "uvloop is in force" in warning

    from aiohttp import connector, resolver

    monkeypatch.setattr(connector, "DefaultResolver", resolver.AsyncResolver)
    (warning,) = bypasses()
    assert "aiodns is installed" in warning
