"""http-status: status, headers and body as they were told."""

from __future__ import annotations

import aiohttp
import pytest

from mock_exchanges.faults import HttpStatus
from tests.mock_exchanges.faults.bench import Client, with_fault


def test_requests_get_status_headers_and_body() -> None:
    async def act(one: Client) -> tuple[int, str, str]:
        async with one.http.get(f"{one.mock.rest_url}/api/v1/candles") as answer:
            return answer.status, answer.headers["Retry-After"], await answer.text()

    fault = HttpStatus(status=503, body="later", headers={"Retry-After": "7"})
    assert with_fault(fault, act) == (503, "7", "later")


def test_a_body_can_be_cut_off() -> None:
    async def act(one: Client) -> None:
        with pytest.raises(aiohttp.ClientPayloadError):
            async with one.http.get(f"{one.mock.rest_url}/api/v1/candles") as answer:
                await answer.text()

    with_fault(HttpStatus(status=200, body="0123456789", cut_after=4), act)


def test_handshakes_are_refused_until_it_is_over() -> None:
    async def act(one: Client) -> list[int]:
        statuses = []
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await one.connect()
            statuses.append(refused.value.status)
        ws = await one.connect()
        await ws.close()
        return statuses

    assert with_fault(HttpStatus(status=403, of="handshake").twice(), act) == [403, 403]
