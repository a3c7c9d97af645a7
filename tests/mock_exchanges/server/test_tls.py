"""Server contexts are dear: who is done with one hands it on, with nothing of his own in it."""

from __future__ import annotations

import asyncio
import ssl

import aiohttp
import pytest

from mock_exchanges import MockExchange
from mock_exchanges.faults.connect.tls_fail import TlsFail
from mock_exchanges.server.tls import Authority


def test_a_context_serves_one_after_the_other() -> None:
    authority = Authority()
    first = authority.server_context(["localhost"])
    second = authority.server_context(["localhost"])
    assert first is not second
    authority.give_back(["localhost"], first)
    assert authority.server_context(["127.0.0.1"]) not in (first, second)
    assert authority.server_context(["localhost"]) is first


def test_a_context_that_is_given_back_forgets_what_was_wrong() -> None:
    authority = Authority()
    context = authority.server_context(["localhost"], lambda: "alert")

    def is_spoiled() -> bool:
        return context.sni_callback is not None or context.sslobject_class is not ssl.SSLObject

    assert is_spoiled()
    authority.give_back(["localhost"], context)
    assert authority.server_context(["localhost"]) is context
    assert not is_spoiled()


def test_what_was_wrong_with_one_server_is_not_with_the_next() -> None:
    async def run() -> None:
        authority = Authority()
        trust = ssl.create_default_context(cadata=authority.pem.decode())

        async def answers() -> int:
            assert mock.tls_address is not None
            url = "https://{}:{}/api/v3/time".format(*mock.tls_address)
            async with aiohttp.ClientSession() as http, http.get(url, ssl=trust) as answer:
                return answer.status

        async with MockExchange("binance", tls_port=0, authority=authority) as mock:
            served = mock._tls
            mock.add_fault(TlsFail())
            with pytest.raises(aiohttp.ClientConnectorError):
                await answers()
        async with MockExchange("binance", tls_port=0, authority=authority) as mock:
            assert served is not None
            assert mock._tls is not None
            assert mock._tls[1] is served[1]
            assert await answers() == 200

    asyncio.run(run())
