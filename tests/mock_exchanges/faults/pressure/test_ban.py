"""ban: REST and handshakes are refused until a time, which Binance tells."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from mock_exchanges.core.http import Response
from mock_exchanges.faults import Ban
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, client, play, with_fault
from tests.mock_exchanges.faults.pressure.asking import (
    CANDLES,
    EXCHANGES,
    TIME,
    asked,
    connected,
    engine_of,
    fetched,
)


def test_binance_tells_until_when() -> None:
    async def act(one: Client) -> list[tuple[int, str | None, str]]:
        found = []
        for pause in (50, 70):
            answer, text = await fetched(one, CANDLES["binance"])
            found.append((answer.status, answer.headers.get("Retry-After"), text))
            await asyncio.sleep(pause)
        answer, _ = await fetched(one, CANDLES["binance"])
        assert answer.status == 200
        return found

    first, second = with_fault(Ban(for_s=120), act, "binance")
    assert first[:2] == (418, "120")
    assert second[:2] == (418, "70")
    assert first[2] == second[2]
    said = json.loads(first[2])
    assert said["code"] == -1003
    assert f"IP banned until {EPOCH_MS + 120_000}." in said["msg"]


@pytest.mark.parametrize(
    ("exchange", "status"),
    [("demo", 429), ("binance", 418), ("coinbase", 429), ("okx", 403), ("kucoin", 403)],
)
def test_everything_is_refused_and_what_is_open_stays(exchange: str, status: int) -> None:
    async def main() -> list[int]:
        async with client(exchange) as one:
            ws = await one.subscribed()
            one.mock.add_fault(Ban())
            found = []
            for target in (CANDLES[exchange], TIME[exchange]):
                answer, _ = await fetched(one, target)
                found.append(answer.status)
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await one.connect()
            assert await one.candles(ws, 2)
            one.mock.clear_faults()
            await one.is_well()
            await ws.close()
            return [*found, refused.value.status]

    assert play(main) == [status] * 3


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_without_an_end_it_lasts_until_it_is_removed(exchange: str) -> None:
    engine = engine_of(exchange)
    active = install(Ban(for_s=None), engine, 1, 1, EPOCH_MS)
    later_ms = EPOCH_MS + 86_400_000
    assert asked(engine, CANDLES[exchange], later_ms).status >= 400
    assert isinstance(connected(engine, later_ms), Response)
    uninstall(active, later_ms)
    assert asked(engine, CANDLES[exchange], later_ms).status == 200
    assert isinstance(connected(engine, later_ms), tuple)
