"""What does it do while the exchange is away, and is anything lost?"""

from __future__ import annotations

import asyncio
import re

from conformance.case import Case
from conformance.checks.coming_back import attempts, comes_back, running, told_since
from conformance.observe import SOON_S, eventually, judge_candles, passed_on, story, upcoming
from conformance.registry import check
from conformance.watched import Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.faults import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.refuse import Refuse
from mock_exchanges.faults.connect.upgrade_drop import UpgradeDrop
from mock_exchanges.faults.end.age_limit import AgeLimit

# seconds of trouble, and those at its end in which attempts are counted
_STRETCH_S, _LATE_S = 300.0, 150.0
# seconds between attempts, on average, that no exchange takes for an attack
_CIVIL_S = 5.0
# seconds after which the first attempt must have come, when all was well before
_QUICK_S = 30.0
_AWAY_S = 2 * 3600.0
# seconds after a long outage in which a feed must be back: longer than any sane pause
_BACK_S = 900.0
# seconds before a candle's end at which an old connection is ended
_BEFORE_THE_END_S = 0.4
# what a last word says that is no promise, and not of one attempt alone
_FINAL = re.compile(
    r"g[ai]v\w* up|stop|abort|fatal|final|dead|exhaust|no more|max|permanent|offline|disconnect"
    r"|lost|down\b|broken|ended|closed",
    re.IGNORECASE,
)


@check("RECON-04")
async def spaces_attempts(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    troubles: tuple[tuple[str, Fault], ...] = (
        ("refused every WebSocket handshake with HTTP 503", HttpStatus(of="handshake")),
        ("took every WebSocket handshake and ended the connection at once", UpgradeDrop()),
    )
    async with running(case) as feed:
        for what, fault in troubles:
            since_ms, number = mock.now_ms(), engine.accepted
            active = mock.add_fault(fault)
            mock.end_connections(Drop("eof"))
            await asyncio.sleep(_STRETCH_S)
            mock.remove_fault(active)
            times = attempts(case, since_ms)
            case.did(f"The exchange {what}, for {_STRETCH_S:g} s.")
            if not times:
                case.not_exercised("no attempt to reconnect was made", "RECON-01")
            late = [at for at in times if at >= since_ms + 1000 * (_STRETCH_S - _LATE_S)]
            if len(late) > _LATE_S / _CIVIL_S:
                case.fail(
                    f"in the last {_LATE_S:g} s it tried {len(late)} times, once in "
                    f"{_LATE_S / len(late):.2g} s",
                    expected="pauses that grow, with any jitter, to "
                    f"{_CIVIL_S:g} s and more: at most {_LATE_S / _CIVIL_S:.0f} attempts then",
                    got=f"{len(times)} attempts, at {_seconds(times, since_ms)}",
                    likely=_why_so_often(fault),
                )
            case.witness(f"{len(times)} attempts: {_seconds(times, since_ms)}")
            if not await comes_back(case, feed, max(number, engine.accepted)):
                case.not_exercised("it did not come back for the next trouble", "RECON-01")


def _why_so_often(fault: Fault) -> str:
    if isinstance(fault, UpgradeDrop):
        return (
            "the pause begins again with every handshake that succeeds; let it do so when "
            "candles came"
        )
    return "the pause between attempts is constant and short, or there is none"


def _seconds(times: list[int], since_ms: int, shown: int = 12) -> str:
    text = ", ".join(f"{(at - since_ms) / 1000:.1f}" for at in times[:shown])
    return f"{text}{', …' if len(times) > shown else ''} s"


@check("RECON-12")
async def first_attempt_is_quick(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    async with running(case) as feed:
        number = engine.accepted
        active = mock.add_fault(HttpStatus(of="handshake"))
        mock.end_connections(Drop("eof"))
        await asyncio.sleep(_STRETCH_S)
        mock.remove_fault(active)
        if not await comes_back(case, feed, number):
            case.not_exercised("it did not come back after an outage", "RECON-01")
        await asyncio.sleep(_LATE_S)
        since_ms, number = mock.now_ms(), engine.accepted
        mock.end_connections(Drop("eof"))
        case.did(
            f"After an outage of {_STRETCH_S:g} s all was well for {_LATE_S:g} s and more; then "
            f"connection {number} ended."
        )
        await eventually(lambda: bool(attempts(case, since_ms)), _BACK_S)
        times = attempts(case, since_ms)
        if not times:
            case.not_exercised("no attempt to reconnect was made", "RECON-01")
        late_s = (times[0] - since_ms) / 1000
        case.witness(f"the first attempt came after {late_s:.1f} s")
        if late_s > _QUICK_S:
            case.fail(
                f"the first attempt to reconnect came after {late_s:.0f} s",
                expected=f"within {_QUICK_S:g} s, as no attempt had failed for long",
                got=story(feed, case.world.setting.epoch_ms),
                likely="the pause of the outage before is still in force: let it begin again "
                "once candles came",
            )


@check("RECON-05")
async def long_outage(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    async with running(case) as feed:
        since_ms, number = mock.now_ms(), engine.accepted
        hosts = [*case.samples.ws_hosts, *case.samples.rest_hosts]
        case.world.network.lose(hosts)
        refuse = mock.add_fault(Refuse())
        mock.end_connections(Drop("reset"))
        await asyncio.sleep(_AWAY_S)
        mock.remove_fault(refuse)
        case.world.network.find_again()
        case.did(f"Nothing of the exchange could be reached for {_AWAY_S / 3600:g} h.")
        if await _lives(case, feed, number):
            case.witness(f"candles again after {_AWAY_S / 3600:g} h")
            return
        if _told_of_the_end(feed, since_ms):
            case.witness(f"told the caller: {feed.notes[-1].text}")
            return
        case.fail(
            f"it gave up and told nobody: {_BACK_S:g} s after the outage nothing comes",
            expected="candles again, however long it took, or an error to the caller",
            got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
            likely="attempts are counted, and after the last one nothing happens any more",
        )


async def _lives(case: Case, feed: Watched, number: int) -> bool:
    """Return whether candles come again, by stream or by REST."""
    seen = len(feed.updates)
    return await comes_back(case, feed, number, _BACK_S) or len(feed.updates) > seen


def _told_of_the_end(feed: Watched, since_ms: int) -> bool:
    """Return whether the caller heard an exception, or last of all that it is over."""
    notes = told_since(feed, since_ms)
    if any(note.error for note in notes):
        return True
    return bool(notes) and _FINAL.search(notes[-1].text) is not None


@check("RECON-07")
async def old_age(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    async with running(case) as feed:
        for _ in range(3):
            if not await eventually(lambda: bool(engine.connections), SOON_S):
                case.not_exercised("no connection came to be", "RECON-02")
            number = max(engine.connections)
            opened_ms = engine.connections[number].opened_ms
            target = upcoming(case, case.pair, grid, 1)
            if target.end_ms - mock.now_ms() < 5_000:
                target = upcoming(case, case.pair, grid, 2)
            age_s = (target.end_ms - opened_ms) / 1000 - _BEFORE_THE_END_S
            active = mock.add_fault(AgeLimit(connection=number, age_s=age_s))
            await asyncio.sleep((target.end_ms - mock.now_ms()) / 1000)
            if not active.struck:
                case.not_exercised(f"connection {number} ended before its time", "RECON-01")
            case.did(
                f"The exchange ended {number} connections for their age, each "
                f"{_BEFORE_THE_END_S:g} s before a candle's end."
            )
            mock.remove_fault(active)
            if not await comes_back(case, feed, number):
                case.not_exercised(
                    f"no candle came after connection {number} reached its age", "RECON-02"
                )
        target = upcoming(case, case.pair, grid, 2)
        await passed_on(case, feed, grid, target)
    judge_candles(case, feed, case.pair, grid, target)
