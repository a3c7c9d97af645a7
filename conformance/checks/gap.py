"""Is every closed candle there, whatever was missed?"""

from __future__ import annotations

import asyncio

from conformance.case import Case
from conformance.observe import SOON_S, eventually, judge_candles, passed_on, upcoming
from conformance.registry import check
from mock_exchanges.core.actions import Drop
from mock_exchanges.faults.connect.http_status import HttpStatus


@check("GAP-01")
async def fills_the_gap(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    mock = case.world.mock
    away = (HttpStatus(of="handshake"), HttpStatus(of="rest", body="away"))
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        for fault in away:
            mock.add_fault(fault)
        mock.end_connections(Drop("eof"))
        back_s = (upcoming(case, case.pair, grid, 4).end_ms - case.world.now_ms()) / 1000
        back_s -= 0.6 * grid.length_ms / 1000
        case.did(f"The exchange was away for {back_s:.0f} s, in which three candles closed.")
        await asyncio.sleep(back_s)
        for fault in away:
            mock.remove_fault(fault)
        target = upcoming(case, case.pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    judge_candles(case, feed, case.pair, grid, target)
