"""tls-fail: the client's TLS library says what is wrong."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Literal

import aiohttp
import pytest

from mock_exchanges.faults import TlsFail
from tests.mock_exchanges.faults.bench import Client, client, play


def _trusting(one: Client) -> ssl.SSLContext:
    assert one.mock.authority is not None
    return ssl.create_default_context(cadata=one.mock.authority.pem.decode())


async def _ask(one: Client) -> int:
    """Ask for the time on a connection of its own."""
    connector = aiohttp.TCPConnector(ssl=_trusting(one), force_close=True)
    url = f"{one.mock.tls_rest_url}/api/v1/time"
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as answer:
        return answer.status


@pytest.mark.parametrize("how", ["alert", "untrusted"])
def test_handshakes_fail_as_told_and_are_well_afterwards(
    how: Literal["alert", "untrusted"],
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
) -> None:
    caplog.set_level(logging.INFO)

    async def main() -> list[BaseException]:
        async with client(tls_port=0) as one:
            assert await _ask(one) == 200
            active = one.mock.add_fault(TlsFail(how=how))
            caught: list[BaseException] = []
            for _ in range(2):
                with pytest.raises(aiohttp.ClientConnectorError) as raised:
                    await _ask(one)
                caught.append(raised.value)
            await asyncio.sleep(1)
            assert active.struck == 2
            # the plain listener has no such trouble
            await one.is_well()
            one.mock.remove_fault(active)
            assert await _ask(one) == 200
            path, query = one.samples.handshake(one.mock.now_ms())
            url = f"{one.mock.tls_ws_url}{path}?{query}"
            async with one.http.ws_connect(url, ssl=_trusting(one)) as ws:
                await ws.send_str(one.samples.subscription(one.pair, one.interval))
                assert await one.candles(ws, 2)
            return caught

    for error in play(main):
        if how == "untrusted":
            assert isinstance(error, aiohttp.ClientConnectorCertificateError)
            assert "self-signed" in str(error) or "unable to get local issuer" in str(error)
        else:
            assert isinstance(error, aiohttp.ClientConnectorSSLError)
            assert "alert handshake failure" in str(error).lower().replace("_", " ")
    assert [record.message for record in caplog.records if record.levelno >= logging.INFO] == []
    assert [str(each.message) for each in recwarn] == []


def test_only_the_first_handshakes_fail() -> None:
    async def main() -> None:
        async with client(tls_port=0) as one:
            one.mock.add_fault(TlsFail().once())
            with pytest.raises(aiohttp.ClientConnectorError):
                await _ask(one)
            assert await _ask(one) == 200

    play(main)
