"""Does each candle come once, and after the one before it?"""

from __future__ import annotations

from conformance import compare
from conformance.case import Case
from conformance.handover import MUTED_S, Course, course, must_be_free_of, must_have_struck
from conformance.observe import judge_candles
from conformance.registry import check
from mock_exchanges.faults import Fault
from mock_exchanges.faults.content.duplicate import Duplicate
from mock_exchanges.faults.content.multi_row import MultiRow
from mock_exchanges.faults.content.reorder import Reorder
from mock_exchanges.faults.content.stale_snapshot import StaleSnapshot
from mock_exchanges.faults.silence.mute_data import MuteData


@check("ORDER-01")
async def repeated(case: Case) -> None:
    run = await course(case, faults=[Duplicate(copies=3)])
    must_have_struck(run, "each message came three times")
    _must_be_in_order(run, "every message is taken for news; a closing message that is repeated "
                      "closes nothing")  # fmt: skip
    _judge(run)


@check("ORDER-02")
async def older_later(case: Case) -> None:
    # of a candle's last messages each one changes places with the other, and with the next's first
    for spared in (0, 1):
        run = await course(case, closes=3, faults=[Reorder(after=spared)])
        must_have_struck(run, "two messages changed places")
        _must_be_in_order(
            run,
            "any change of the open time closes the running candle, also one to an earlier time",
        )
        if case.samples.marks_close:
            must_be_free_of(
                run, "unfinished",
                "the candle of {when} has numbers of an update that came late",
                "what comes last is taken for the newest; within a candle volume only grows, and "
                "its last message is marked",
            )  # fmt: skip
        case.witness(f"{len(run.feed.candles)} candles")
        for active in run.struck:
            case.world.mock.remove_fault(active)


@check("ORDER-03")
async def several_rows(case: Case) -> None:
    for newest_first in (False, True):
        fault = MultiRow(newest_first=newest_first)
        _must_be_possible(case, fault)
        run = await course(case, faults=[fault])
        must_have_struck(run, "a message with several candles came")
        order = "newest" if newest_first else "oldest"
        _must_be_in_order(run, f"the rows come {order} first, each with its own time")
        _judge(run)
        for active in run.struck:
            case.world.mock.remove_fault(active)


def _must_be_possible(case: Case, fault: Fault) -> None:
    """End as not applicable where the exchange has no message like this."""
    try:
        fault.check(case.world.mock.exchange)
    except ValueError as error:
        case.not_applicable(f"the exchange sends one candle in a message: {error}")


@check("ORDER-04")
async def snapshot_merges(case: Case) -> None:
    interval = await case.live_interval()
    name = case.meaning(interval).name
    if not case.samples.batch_frames(case.pair, name, case.world.now_ms()):
        case.not_applicable("the exchange sends no snapshot of several candles")
    length_s = case.meaning(interval).grid.length_ms / 1000
    fault = StaleSnapshot(age_s=1.5 * length_s, rows=3, from_connection=2)
    run = await course(case, faults=[fault], outage=1)
    must_have_struck(run, "a snapshot of older candles came upon subscribing again")
    _must_be_in_order(
        run, "each row of a snapshot is handed over; the caller has some of them already"
    )
    case.witness(f"{len(run.feed.candles)} candles")


@check("ORDER-05")
async def strictly_ascending(case: Case) -> None:
    muted: list[int] = []

    def mute(run: Course) -> None:
        case.world.mock.add_fault(MuteData(for_s=MUTED_S))
        muted.append(case.world.now_ms() + round(MUTED_S * 1000))

    run = await course(case, outage=2, after_outage=mute)
    before = [item for item in run.feed.candles if item.at_ms < muted[0]]
    _must_be_in_order(
        run,
        "what REST fills in begins with what was handed over already, or comes newest first",
        len(before),
    )
    filled = sum(item.open_ms in run.away for item in before)
    case.witness(f"{len(before)} candles, {filled} of an outage among them")


def _must_be_in_order(run: Course, likely: str, count: int | None = None) -> None:
    """Fail unless the open times strictly ascend, of the first ``count`` candles or of all."""
    case = run.case
    seen: list[int] = []
    for item in run.feed.candles[:count]:
        when = compare.when(item.open_ms / 1000)
        if item.open_ms in seen:
            case.fail(
                f"the candle of {when} is handed over twice",
                expected=run.expected(),
                got=run.got(),
                likely=likely,
            )
        if seen and item.open_ms < seen[-1]:
            case.fail(
                f"the candle of {when} comes after that of {compare.when(seen[-1] / 1000)}",
                expected=run.expected(),
                got=run.got(),
                likely=likely,
            )
        seen.append(item.open_ms)
    if not seen:
        case.not_exercised("no candle was handed over", consequence_of="FINAL-02")


def _judge(run: Course) -> None:
    assert run.target is not None
    judge_candles(run.case, run.feed, run.pair, run.grid, run.target)
