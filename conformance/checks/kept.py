"""What does a feed keep of what it has heard?"""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from conformance.case import Case
from conformance.observe import SOON_S, eventually
from conformance.registry import check
from conformance.watched import Watched
from mock_exchanges.faults.pressure.burst import Burst

# how often each message comes, and for how long it is held back (virtual seconds)
_COPIES, _HELD_S = 30, 40.0
# virtual seconds after a burst in which all of it has been read
_READ_S = 10.0
# of the bytes of a burst the part that may be kept, and what may be in any case, as connections
# that are made meanwhile take some; bytes of a burst that tells something
_BORNE, _LEAST, _ENOUGH = 0.5, 60_000, 30_000
# what is not the feed's: the exchange, what watches the feed and makes candles of what it says,
# timers that were cancelled and lie there for a while, and the measuring
_OURS = (
    "*/mock_exchanges/*", "*/conformance/*", "<string>", "*/asyncio/*",
    "*/tracemalloc.py", "*/linecache.py", "*/fnmatch.py", "*/re/*",
)  # fmt: skip


@check("LOAD-04")
async def keeps_nothing(case: Case) -> None:
    feed = case.watch(case.pair, await case.live_interval())
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        with _traced():
            # fills what is bounded
            await _burst(case)
            before = _kept(feed)
            sent = await _burst(case)
            after = _kept(feed)
    finally:
        await feed.stop()
    if not case.world.mock.engine.accepted:
        case.not_applicable("the feed opens no connection: it asks REST only")
    if sent < _ENOUGH:
        case.not_exercised(f"the burst had {sent} bytes, expected {_ENOUGH} or more")
    kept = max(0, sum(after.values()) - sum(before.values()))
    case.did(
        f"Two bursts came, one after the other, in which each message was told {_COPIES} times; "
        f"the second had {sent} bytes."
    )
    borne = max(round(_BORNE * sent), _LEAST)
    if kept > borne:
        # no bytes: what else is kept differs a little from run to run
        made = [file for file in sorted(after) if after[file] - before.get(file, 0) > borne / 10]
        case.fail(
            f"of a burst of {sent} bytes more than {borne} are kept, after one like it",
            expected=f"at most {borne} bytes more than after the burst before",
            got="\n".join(f"more than before, made in {file}" for file in made or ["many files"]),
            likely="each message is kept, in a list or a queue that nobody empties: give it an end",
        )
    case.witness(f"at most {borne} bytes kept of a burst of {sent}")


async def _burst(case: Case) -> int:
    """Let the messages of a while come at once, many times each; return their bytes."""
    mock, total = case.world.mock, case.world.journal.total
    fault = mock.add_fault(Burst(hold_s=_HELD_S, copies=_COPIES))
    await asyncio.sleep(_HELD_S + _READ_S)
    mock.remove_fault(fault)
    await asyncio.sleep(_READ_S)
    return sum(len(entry.text) for entry in case.world.journal.seen("out", after=total))


@contextmanager
def _traced() -> Iterator[None]:
    """Have Python tell where memory comes from; whoever had it do so before goes on with it."""
    ours = not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    try:
        yield
    finally:
        if ours:
            tracemalloc.stop()


def _kept(feed: Watched) -> dict[str, int]:
    """Return file -> bytes made there since `_traced` that are still held, but for the suite's own.

    The numbers of updates that were handed over are the feed's making, and the suite's to hold:
    they are let go before.
    """
    if isinstance(feed.updates, list):
        feed.updates.clear()
    gc.collect()
    filters = [tracemalloc.Filter(False, pattern) for pattern in _OURS]
    found = tracemalloc.take_snapshot().filter_traces(filters)
    return {stat.traceback[0].filename: stat.size for stat in found.statistics("filename")}
