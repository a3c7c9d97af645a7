"""Is what is handed over as closed really closed, whole, and handed over once?"""

from __future__ import annotations

from conformance import compare
from conformance.case import Case
from conformance.handover import MUTED_S, Course, course, must_be_free_of, must_have_struck
from conformance.observe import judge_candles
from conformance.registry import check
from mock_exchanges.core.candle import Candle
from mock_exchanges.faults.content.late_correction import LateCorrection
from mock_exchanges.faults.content.skip_close import SkipClose
from mock_exchanges.faults.silence.mute_data import MuteData

# virtual seconds before its end in which a candle is closed by a clock rather than by mistake
_A_MOMENT_S = 5.0


@check("FINAL-01")
async def not_before_its_end(case: Case) -> None:
    run = await course(case)
    _must_be_over(run, 0)
    must_be_free_of(
        run, "unfinished",
        "an in-progress candle is handed over as closed: that of {when} has numbers that it had "
        "before its end",
        "it is closed by a clock, or with the first update of the next one, before its last "
        "update has come",
    )  # fmt: skip


def _must_be_over(run: Course, from_ms: int, until_ms: int | None = None, likely: str = "") -> None:
    """Fail if a candle was handed over before its end, in a stretch of time (epoch ms)."""
    case = run.case
    skew_ms = case.world.mock.engine.exchange_time(case.world.now_ms()) - case.world.now_ms()
    for each in run.matched():
        item, candle = each.item, each.candle
        if candle is None or not from_ms <= item.at_ms < (until_ms or item.at_ms + 1):
            continue
        if item.at_ms + skew_ms < candle.end_ms and each.flaws <= {"unfinished", "other"}:
            early_s = (candle.end_ms - item.at_ms - skew_ms) / 1000
            case.fail(
                "an in-progress candle is handed over as closed: that of "
                f"{compare.when(candle.open_ms / 1000)} comes {early_s:.1f} s before its end",
                expected="each candle after its end",
                rows=each.rows(),
                likely=likely
                or "each update is taken for a candle; look at the final flag, or "
                "wait for the candle that follows",
            )


def _why_early(early_s: float) -> str:
    if early_s < _A_MOMENT_S:
        return "it is closed by a clock, a moment too early; wait for its last update"
    return (
        "each update is taken for a candle; look at the final flag, or wait for the candle that "
        "follows"
    )


@check("FINAL-02")
async def once_each(case: Case) -> None:
    run = await course(case, closes=3)
    assert run.target is not None
    judge_candles(case, run.feed, run.pair, run.grid, run.target)


@check("FINAL-03")
async def last_update(case: Case) -> None:
    run = await course(case, faults=[SkipClose(times=1)])
    must_have_struck(run, "the message that closes a candle was lost")
    must_be_free_of(
        run, "unfinished",
        "the candle of {when}, whose closing message was lost, is handed over with numbers that it "
        "had before its end",
        "the last update that came is taken for the last there was; one that came before the "
        "candle's end is not the whole candle, and REST has it",
    )  # fmt: skip


@check("FINAL-04")
async def late_correction(case: Case) -> None:
    await case.world.own_market()
    run = await course(case, closes=4, faults=[LateCorrection(times=1)])
    must_have_struck(run, "a candle was corrected after its close")
    corrected = {edit.start_ms for edit in case.world.market.edits if edit.kind == "correct"} - {
        None
    }
    opens = {run.grid.floor(minute_ms) for minute_ms in corrected if minute_ms is not None}
    seen: list[int] = []
    for each in run.matched():
        open_ms = each.item.open_ms
        when = compare.when(open_ms / 1000)
        if open_ms in seen:
            what = "is appended as another candle" if open_ms in opens else "comes twice"
            case.fail(
                f"after a correction the candle of {when} {what}",
                expected=run.expected(),
                got=run.got(),
                likely="hand corrections over as updates, or tell them by status",
            )
        if seen and open_ms < seen[-1]:
            case.fail(
                f"after a correction time goes back to {when}",
                expected=run.expected(),
                got=run.got(),
            )
        seen.append(open_ms)
        if open_ms not in opens and each.flaws:
            case.fail(
                f"after a correction of another candle, that of {when} is wrong",
                rows=each.rows(),
                likely="an update of an older candle replaces the running one",
            )
        if open_ms in opens and each.flaws and not _only_less(each.rows(), each.candle):
            case.fail(f"the corrected candle of {when} is neither the old nor the new one",
                      rows=each.rows())  # fmt: skip
    if not seen:
        case.not_exercised("no candle was handed over", consequence_of="FINAL-02")
    case.witness(f"{len(seen)} candles, {len(opens)} of them corrected")


def _only_less(rows: object, candle: Candle | None) -> bool:
    """Return whether a candle differs from the corrected one in what a correction changes."""
    assert isinstance(rows, list)
    wrong = {row.column for row in rows if row.wrong}
    return candle is not None and not wrong & {"timestamp", "open"}


@check("FINAL-05")
async def unfinished_row(case: Case) -> None:
    mock = case.world.mock
    window: list[int] = []

    def mute(run: Course) -> None:
        mock.add_fault(MuteData(for_s=MUTED_S))
        window.append(case.world.now_ms())

    run = await course(case, outage=1, after_outage=mute)
    until_ms = window[0] + round(MUTED_S * 1000)
    asked = [
        entry
        for entry in case.world.journal.of("request")
        if entry.at_ms < until_ms and run.away and entry.at_ms >= run.away[0]
    ]
    if not asked:
        case.not_applicable("the feed asks REST only when its stream shows a gap")
    _must_be_over(
        run, run.away[0], until_ms,
        "the last row of REST is the running candle: drop it, or hand it over as an update",
    )  # fmt: skip
    case.witness(f"{len(asked)} requests, whose last row can be the running candle")


@check("FINAL-06")
async def stream_equals_rest(case: Case) -> None:
    run = await course(case, outage=1)
    came = run.matched()
    for each in came:
        if each.flaws:
            when = compare.when(each.item.reading.timestamp)
            case.fail(
                f"the candle of {when} is not what REST says of it later",
                rows=each.rows(),
                expected=run.expected() if each.candle is None else "",
                got=run.got() if each.candle is None else "",
                likely=each.likely(),
            )  # fmt: skip
    if not came:
        case.not_exercised("no candle was handed over", consequence_of="FINAL-02")
    rest = sum(each.item.open_ms in run.away for each in came)
    case.witness(f"{len(came)} candles, {rest} of which closed while there was no stream")
