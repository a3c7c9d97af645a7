"""late-correction: a closed candle is told again with more volume, and REST says so too."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mock_exchanges.faults import LateCorrection
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, client, play, with_fault
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    Heard,
    heard_with,
    live,
    opens,
    record,
    rows,
)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_it_is_told_again_in_time(exchange: str) -> None:
    length_ms, seconds = (300_000, 700) if exchange == "coinbase" else (60_000, 200)
    heard = live(heard_with(LateCorrection(late_s=7.5, times=1), exchange, seconds))
    found = [
        (each, EPOCH_MS + each.at_ms - length_ms - opened)
        for each in heard
        for opened in opens([each])
        if EPOCH_MS + each.at_ms - length_ms - opened == 7500
    ]
    assert len(found) == 1
    corrected = found[0][0]
    opened, row = rows(corrected.text)[0]
    before = [rows(each.text)[0][1] for each in heard if opens([each]) == [opened]]
    assert row == before[-1] != before[-2]
    assert len(before[-2]) == len(row)


def test_rest_agrees_before_and_after() -> None:
    async def act(one: Client) -> tuple[list[Heard], list[Any]]:
        url = f"{one.mock.rest_url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5"
        answers = []

        async def look() -> None:
            # after the first close, and after its correction
            for second in (63, 70):
                await asyncio.sleep((EPOCH_MS + second * 1000 - one.mock.now_ms()) / 1000)
                async with one.http.get(url) as answer:
                    answers.append({row[0]: row for row in await answer.json()})

        looking = asyncio.create_task(look())
        heard = await record(one, 80)
        await looking
        return heard, answers

    heard, answers = with_fault(LateCorrection(late_s=5), act, "binance")
    told = [each for each in live(heard) if rows(each.text)[0][0] == EPOCH_MS]
    volumes = [rows(each.text)[0][1][10] for each in told if '"x":true' in each.bare]
    assert len(volumes) == 2
    assert [answer[EPOCH_MS][5] for answer in answers] == volumes
    assert float(volumes[1]) > float(volumes[0])


def test_the_market_is_corrected_once_for_all_connections() -> None:
    async def main() -> list[str]:
        async with client("binance") as one:
            one.mock.add_fault(LateCorrection(late_s=5))
            both = await asyncio.gather(record(one, 70), record(one, 70))
            last = [
                [each.bare for each in live(heard) if '"x":true' in each.bare][-1] for heard in both
            ]
            assert not [entry for entry in one.mock.journal.of("fault") if "error" in entry.text]
            return last

    one, other = play(main)
    assert one == other


def test_what_did_not_come_yet_never_comes_when_it_is_removed() -> None:
    async def main() -> list[str]:
        async with client("binance") as one:
            market, pair = one.mock.market, one.pair
            active = one.mock.add_fault(LateCorrection(late_s=20))
            ws = await one.subscribed()
            await one.mock.until(lambda entry: "strikes" in entry.text, within_s=90)
            grid = one.mock.exchange.intervals()["1m"]
            before = market.candle(pair, grid, EPOCH_MS)
            one.mock.remove_fault(active)
            heard = await one.hears(ws, 30)
            closes = [each.data for each in heard if '"x":true' in each.data]
            assert market.candle(pair, grid, EPOCH_MS) == before
            return closes

    assert len(play(main)) == 1
