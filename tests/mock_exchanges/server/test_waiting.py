"""Waiting on the journal: what fits, how often, and what is said when it does not come."""

from __future__ import annotations

import asyncio
import re
import time

import aiohttp
import pytest

from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.threaded import running
from mock_exchanges.server.waiting import NotInTime
from tests.mock_exchanges.server.test_virtual import EPOCH_MS, virtually


def test_waits_for_the_third_of_what_fits() -> None:
    async def main(mock: MockExchange) -> list[int]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}/ws") as ws,
        ):
            await ws.send_str("tick")
            third = await mock.until("out", containing="kline", times=3, within_s=60)
            again = await mock.until(
                containing=re.compile("kl.ne"), connection=1, times=2, within_s=60
            )
            later = await mock.until("out", containing="kline", times=2, within_s=60,
                                     after=mock.journal.total)  # fmt: skip
            assert len(mock.seen("out", containing="kline")) == 5
        return [entry.at_ms - EPOCH_MS for entry in (third, again, later)]

    assert virtually(main) == [3_000, 2_000, 5_000]


def test_says_what_did_come_near_misses_first() -> None:
    async def main(mock: MockExchange) -> str:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}/ws") as ws,
        ):
            await ws.send_str("subscribe")
            for _ in range(20):
                await ws.send_str("hello")
            await asyncio.sleep(1)
            with pytest.raises(NotInTime) as missed:
                await mock.until("in", containing="SUBSCRIBE", times=2, within_s=1)
        return str(missed.value)

    lines = virtually(main).splitlines()
    assert lines[0] == (
        "no 'in' containing 'SUBSCRIBE' 2 times, only 0 within 1 s; what came near:"
    )
    assert any(line.endswith("→ subscribe") for line in lines[1:3])
    assert any(line.startswith("the last of ") for line in lines)


def test_wrong_questions_are_errors_at_once() -> None:
    async def main(mock: MockExchange) -> None:
        with pytest.raises(ValueError, match="did you mean 'request'"):
            await mock.until("requests", within_s=60)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="times is 0"):
            await mock.until("in", times=0, within_s=60)
        assert mock.now_ms() == EPOCH_MS

    virtually(main)


def test_a_mock_in_a_thread_offers_the_same_and_real_time() -> None:
    with running("demo") as mock:
        began_ms = mock.now_ms()
        mock.step(90)
        entry = mock.until("clock", containing="rate", within_s=5)
        assert mock.seen("clock") and not mock.seen("in")
        assert abs(entry.real_s - time.time()) < 5
        assert mock.now_ms() - began_ms >= 90_000
        mock.run_at(0)
        frozen = mock.now_ms()
        assert mock.to_next_close() == mock.now_ms() > frozen
        mock.reset()
        assert not mock.seen()
