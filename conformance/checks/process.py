"""Does the process around it go on as before?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from conformance.case import Case
from conformance.process.keeping import Change, Changes
from conformance.process.values import Level
from conformance.registry import check
from conformance.subject import AdapterRaised, NoWebSocket
from conformance.verdict import Outcome

# virtual seconds in which it is in use: some candles, and what follows them
_USED_S = 90.0
# real seconds that its threads have to end when it has been stopped
_ENDED_S = 1.0
_THEIRS = (AdapterRaised, NoWebSocket, Outcome, TypeError, ValueError)


async def _lives(case: Case) -> None:
    """Put it to ordinary use, whatever comes of that: it is other checks' matter."""
    candles = 0
    with contextlib.suppress(*_THEIRS):
        if not case.judges_feed:
            interval = await case.usual_rest_interval()
            await case.subject.fetch(case.pair, interval, None, 2)
    with contextlib.suppress(*_THEIRS):
        feed = case.watch(case.pair, await case.live_interval())
        try:
            await feed.start()
            await asyncio.sleep(_USED_S)
        finally:
            await feed.stop()
        candles = len(feed.candles)
    case.did(f"It was made, used for {_USED_S:g} s, and stopped.")
    case.witness(f"{candles} closed candles while it was used")


def _tell(case: Case, found: list[Change], headline: str, likely: str) -> None:
    changes = list(dict.fromkeys(found))
    if changes:
        case.fail(
            f"{headline}: {', '.join(dict.fromkeys(each.what for each in changes))}",
            expected="the process as it was before it was made",
            got="\n".join(str(each) for each in changes),
            likely=likely,
        )


@check("LIFE-05")
async def leaves_the_process(case: Case) -> None:
    def judge(changes: Changes) -> None:
        _tell(
            case, changes.of(Level.BREAKS), "it changes what the whole process needs",
            "give it to your own session, socket or loop instead, or leave it to the program",
        )  # fmt: skip
        for thread in changes.threads:
            thread.join(_ENDED_S)
            if thread.is_alive():
                case.fail(
                    f"its thread {thread.name!r} goes on, and keeps the process from ending",
                    expected="threads that are daemons, or that end with it",
                    got="a thread that is no daemon",
                )

    case.afterwards = judge
    await _lives(case)


@check("LIFE-06")
async def leaves_what_is_shared(case: Case) -> None:
    def judge(changes: Changes) -> None:
        _tell(
            case, changes.of(Level.SHARED), "it changes settings that the process shares",
            "a context of its own (decimal.localcontext), or a setting at import",
        )  # fmt: skip

    case.afterwards = judge
    await _lives(case)


@check("LIFE-07")
async def gives_the_loop_its_turns(case: Case) -> None:
    subject = case.subject

    async def payloads() -> None:
        await subject.payloads(case.pair, await case.usual_interval())

    async def fetch() -> None:
        await subject.fetch(case.pair, await case.usual_rest_interval(), None, 2)

    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "get_trading_pair_format": lambda: subject.symbol(case.pair),
        "get_supported_intervals": subject.intervals,
        "get_ws_supported_intervals": subject.claimed,
        "get_ws_url": subject.ws_url,
        "get_ws_subscription_payload": payloads,
    }
    if "fetch_rest_candles" in subject.fetches() and not subject.is_async("fetch_rest_candles"):
        asked["fetch_rest_candles"] = fetch  # an async one is REST-07's
    came = []
    for name, ask in asked.items():
        with contextlib.suppress(*_THEIRS):
            await ask()
            came.append(name)
        case.must_not_block(name)
    if came:
        case.witness(f"{', '.join(came)} without a blocking connection")
