"""Do candles come without a stream?"""

from __future__ import annotations

from conformance.case import Case
from conformance.observe import judge_candles, passed_on, upcoming
from conformance.registry import check
from conformance.subject import NoWebSocket
from mock_exchanges.faults.connect.http_status import HttpStatus


@check("FALL-01")
async def falls_back(case: Case) -> None:
    intervals, refuse = await _without_stream(case)
    if refuse:
        case.world.mock.add_fault(HttpStatus(of="handshake"))
    for interval in intervals:
        if refuse:
            case.did("The exchange refused every WebSocket handshake with HTTP 503.")
        else:
            case.did(f"The adapter does not stream {interval}, so the host polled REST.")
        await _polls(case, interval)


async def _polls(case: Case, interval: str) -> None:
    grid = case.meaning(interval).grid
    feed = case.watch(case.pair, interval)
    await feed.start()
    try:
        target = upcoming(case, case.pair, grid, 5)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    judge_candles(case, feed, case.pair, grid, target)


async def _without_stream(case: Case) -> tuple[list[str], bool]:
    """Return intervals to poll, and whether their stream has to be refused for that."""
    supported = await case.supported()
    known = [n for n in supported if (m := case.known(n)) is not None and m.rest]
    known = [n for n in known if case.meaning(n).grid.length_ms >= 60_000] or known
    if not known:
        case.not_applicable("no interval of the adapter is served by the exchange's REST")
    try:
        streamed = await case.subject.streamed()
    except NoWebSocket:
        return known, False
    polled = [name for name in known if name not in streamed]
    return (polled, False) if polled else (known[:1], True)
