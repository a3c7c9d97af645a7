"""close-no-frame: clients report 1006."""

from __future__ import annotations

import aiohttp
import pytest
from websockets.exceptions import ConnectionClosedError

from mock_exchanges.faults import CloseNoFrame
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.websockets_client import subscribed


def test_aiohttp_reports_1006() -> None:
    async def act(one: Client) -> tuple[aiohttp.WSMsgType, int | None]:
        ws = await one.subscribed()
        await one.candles(ws, 3)
        return (await ws.receive()).type, ws.close_code

    assert with_fault(CloseNoFrame(after=3), act) == (aiohttp.WSMsgType.CLOSED, 1006)


def test_websockets_reports_1006() -> None:
    async def act(one: Client) -> tuple[ConnectionClosedError, int | None]:
        async with subscribed(one) as ws:
            with pytest.raises(ConnectionClosedError) as caught:
                while True:
                    await ws.recv()
            return caught.value, ws.protocol.close_code

    closed, code = with_fault(CloseNoFrame(after=3), act)
    assert closed.rcvd is closed.sent is None
    assert code == 1006
