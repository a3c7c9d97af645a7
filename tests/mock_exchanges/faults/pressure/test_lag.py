"""lag: everything comes late, in order."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from mock_exchanges.faults import CloseCode, Lag
from tests.mock_exchanges.faults.bench import client, play
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_everything_is_late_by_the_same_time(exchange: str) -> None:
    clean = heard_without(exchange)
    heard = heard_with(Lag(delay_s=2.5), exchange)
    assert heard
    expected = [(each.at_ms + 2500, each.bare) for each in clean if each.at_ms + 2500 < 20_000]
    assert [(each.at_ms, each.bare) for each in heard][: len(expected)] == expected


def test_what_is_spared_does_not_overtake() -> None:
    clean = heard_without("binance", 40)
    heard = heard_with(Lag(delay_s=5, every=2), "binance", 40)
    assert [each.text for each in heard] == [each.text for each in clean][: len(heard)]
    assert len(heard) > 4


def test_a_close_is_late_too() -> None:
    async def main() -> tuple[int, aiohttp.WSMessage]:
        async with client() as one:
            ws = await one.subscribed(autoclose=False)
            await one.candles(ws, 2)
            one.mock.add_fault(CloseCode(code=1012, after=2))
            one.mock.add_fault(Lag(delay_s=4))
            while (message := await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            notes = one.mock.journal.of("fault")
            struck_ms = next(each.at_ms for each in notes if "close-code strikes" in each.text)
            return one.mock.now_ms() - struck_ms, message

    waited_ms, message = play(main)
    assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1012)
    assert waited_ms == 4000


def test_removed_it_gives_back_what_it_held_in_order() -> None:
    async def main() -> tuple[list[str], list[str]]:
        async with client("binance") as one:
            ws = await one.subscribed()
            active = one.mock.add_fault(Lag(delay_s=1000))
            await asyncio.sleep(30)
            before_ms = one.mock.now_ms()
            one.mock.remove_fault(active)
            heard = await one.candles(ws, 5)
            assert one.mock.now_ms() == before_ms
            return heard, [each.text for each in one.mock.journal.of("out")]

    heard, sent = play(main)
    assert [text for text in sent if text in heard] == heard
