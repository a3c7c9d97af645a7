"""no-answer: what was asked is never answered."""

from __future__ import annotations

import asyncio
from typing import Literal

import aiohttp
import pytest

from mock_exchanges.faults import NoAnswer
from tests.mock_exchanges.faults.bench import Client, with_fault

_GET = b"GET /api/v1/time HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_the_connection_ends_without_a_byte(how: Literal["eof", "reset"]) -> None:
    async def act(one: Client) -> str:
        host, port = one.address
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(_GET)
        try:
            return "eof" if await reader.read() == b"" else "an answer"
        except ConnectionResetError:
            return "reset"
        finally:
            writer.close()

    assert with_fault(NoAnswer(how=how), act) == how


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_requests_and_handshakes_end_in_no_answer(how: Literal["eof", "reset"]) -> None:
    async def act(one: Client) -> None:
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await one.http.get(f"{one.mock.rest_url}/api/v1/time")
        with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
            await one.connect()

    with_fault(NoAnswer(how=how), act)


def test_either_can_be_spared() -> None:
    async def act(one: Client) -> int:
        with pytest.raises(aiohttp.ClientError):
            await one.connect()
        async with one.http.get(f"{one.mock.rest_url}/api/v1/time") as answer:
            return answer.status

    assert with_fault(NoAnswer(of="handshake"), act) == 200
