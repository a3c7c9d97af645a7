"""close-code: the client sees the code and the reason, when it was to."""

from __future__ import annotations

import aiohttp
import pytest
from pydantic import ValidationError
from websockets.exceptions import ConnectionClosed

from mock_exchanges.faults import CloseCode
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.websockets_client import subscribed

OWN = (4000, 4004, 4999)
# what each library takes for a code that a frame may carry
FOR_AIOHTTP = (1000, 1001, 1002, 1003, *range(1006, 1015), *OWN)
FOR_WEBSOCKETS = (1000, 1001, 1002, 1003, *range(1007, 1015), *OWN)
SENT = [*range(1000, 1016), *OWN]


@pytest.mark.parametrize("reason", ["", "so it is"])
@pytest.mark.parametrize("code", SENT)
def test_aiohttp_sees_the_code(code: int, reason: str) -> None:
    if code == 1005:
        reason = ""

    async def act(one: Client) -> tuple[aiohttp.WSMessage, int | None]:
        ws = await one.subscribed(autoclose=False)
        await one.candles(ws, 3)
        return await ws.receive(), ws.close_code

    message, close_code = with_fault(CloseCode(code=code, reason=reason, after=3), act)
    if code in FOR_AIOHTTP:
        assert (message.type, message.data, message.extra) == (
            aiohttp.WSMsgType.CLOSE, code, reason or "",
        )  # fmt: skip
        assert close_code == code
    elif code == 1005:
        # an empty frame, which aiohttp gives as code 0
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 0)
    else:
        assert message.type is aiohttp.WSMsgType.ERROR
        assert str(message.data) == f"Invalid close code: {code}"
        assert close_code == 1002


@pytest.mark.parametrize("reason", ["", "so it is"])
@pytest.mark.parametrize("code", SENT)
def test_websockets_sees_the_code(code: int, reason: str) -> None:
    if code == 1005:
        reason = ""

    async def act(one: Client) -> ConnectionClosed:
        async with subscribed(one) as ws:
            with pytest.raises(ConnectionClosed) as caught:
                while True:
                    await ws.recv()
            return caught.value

    closed = with_fault(CloseCode(code=code, reason=reason, after=3), act)
    if code in FOR_WEBSOCKETS:
        assert closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (code, reason)
    elif code == 1005:
        assert closed.rcvd is not None
        assert closed.rcvd.code == 1005
    else:
        # its own answer to what is no code
        assert closed.rcvd is None
        assert closed.sent is not None
        assert closed.sent.code == 1002


def test_at_once_ends_what_is_open_and_what_opens() -> None:
    async def act(one: Client) -> list[int | None]:
        codes = []
        for _ in range(2):
            ws = await one.connect()
            await ws.receive()
            codes.append(ws.close_code)
        return codes

    assert with_fault(CloseCode(code=1013), act) == [1013, 1013]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"code": 999}, "greater than or equal to 1000"),
        ({"code": 5000}, "less than or equal to 4999"),
        ({"reason": "é" * 62}, "reason has 124 bytes, expected at most 123"),
        ({"code": 1005, "reason": "x"}, "reason is 'x', expected none"),
    ],
)
def test_what_no_frame_can_carry_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CloseCode.model_validate(given)
