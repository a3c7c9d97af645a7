"""mute-data: no candles, all else goes on."""

from __future__ import annotations

import aiohttp

from mock_exchanges.faults import MuteData
from tests.mock_exchanges.faults.bench import Client, with_fault


def test_candles_stop_and_pings_go_on() -> None:
    async def act(one: Client) -> list[aiohttp.WSMessage]:
        ws = await one.subscribed()
        await one.candles(ws, 5)
        heard = await one.hears(ws, 16)
        await ws.close()
        return heard

    heard = with_fault(MuteData(after=5), act)
    assert heard
    assert not any('"candle' in message.data for message in heard)
    assert any('"ping"' in message.data for message in heard)
