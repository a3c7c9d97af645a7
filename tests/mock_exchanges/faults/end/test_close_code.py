"""close-code: the client sees the code and the reason, when it was to."""

from __future__ import annotations

import aiohttp
import pytest

from mock_exchanges.faults import CloseCode
from tests.mock_exchanges.faults.bench import Client, with_fault


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1011, 1012, 1015, 4004, 4999])
def test_the_client_sees_the_code(code: int) -> None:
    async def act(one: Client) -> aiohttp.WSMessage:
        ws = await one.subscribed(autoclose=False)
        await one.candles(ws, 3)
        return await ws.receive()

    message = with_fault(CloseCode(code=code, reason="so it is", after=3), act)
    assert (message.type, message.data, message.extra) == (
        aiohttp.WSMsgType.CLOSE, code, "so it is",
    )  # fmt: skip


def test_at_once_ends_what_is_open_and_what_opens() -> None:
    async def act(one: Client) -> list[int | None]:
        codes = []
        for _ in range(2):
            ws = await one.connect()
            await ws.receive()
            codes.append(ws.close_code)
        return codes

    assert with_fault(CloseCode(code=1013), act) == [1013, 1013]
