"""reset: the TCP connection is reset, which is another thing than its end."""

from __future__ import annotations

import asyncio

import pytest
from websockets.exceptions import ConnectionClosedError

from mock_exchanges.faults import CloseNoFrame, Reset
from mock_exchanges.faults.end.ending import Ending
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.websockets_client import subscribed

SHAKE = (
    "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


@pytest.mark.parametrize(("fault", "reset"), [(Reset(), True), (CloseNoFrame(), False)])
def test_a_socket_sees_a_reset(fault: Ending, reset: bool) -> None:
    async def act(one: Client) -> bool:
        assert one.mock.plain_address is not None
        reader, writer = await asyncio.open_connection(*one.mock.plain_address)
        writer.write(SHAKE.format(path=one.samples.ws_path).encode())
        try:
            while await reader.read(1000):
                pass
        except ConnectionResetError:
            return True
        finally:
            writer.close()
        return False

    assert with_fault(fault.at_age(1), act) is reset


def test_websockets_has_the_reset_as_the_cause() -> None:
    async def act(one: Client) -> BaseException | None:
        async with subscribed(one) as ws:
            with pytest.raises(ConnectionClosedError) as caught:
                while True:
                    await ws.recv()
            return caught.value.__cause__

    assert isinstance(with_fault(Reset(after=3), act), ConnectionResetError)
