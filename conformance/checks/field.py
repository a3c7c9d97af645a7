"""Is each number of a candle in its place, whole and in its unit?"""

from __future__ import annotations

from conformance import compare
from conformance.case import Case
from conformance.checks import no_numbers  # noqa: F401 - it registers a check of this area
from conformance.contract import Reading
from conformance.handover import course, must_be_free_of, must_have_struck
from conformance.observe import story
from conformance.registry import check
from mock_exchanges.faults.shape.extra_field import ExtraField

_SWAPPED = (
    "columns are read in another order than they come in; the order of REST rows can differ from "
    "that of the stream"
)


@check("FIELD-01")
async def rest_columns(case: Case) -> None:
    run = await course(case, outage=2)
    must_be_free_of(
        run, "slot",
        "the candle of {when}, which closed while there was no stream, has prices in wrong places",
        _SWAPPED, run.away,
    )  # fmt: skip


@check("FIELD-02")
async def stream_columns(case: Case) -> None:
    run = await course(case)
    must_be_free_of(
        run, "slot", "the candle of {when} has prices in wrong places", _SWAPPED
    )  # fmt: skip


@check("FIELD-03")
async def unit_of_time(case: Case) -> None:
    run = await course(case, outage=1)
    for each in run.matched():
        if "unit" in each.flaws:
            case.fail(
                f"a candle is dated {compare.plain(each.item.reading.timestamp)}, "
                f"which is {_year(each.item.reading)} in seconds",
                expected=run.expected(),
                rows=each.rows(),
                likely=each.likely() or "a time in another unit than seconds",
            )
    if not run.feed.candles:
        case.not_exercised("no candle was handed over", consequence_of="FINAL-02")
    case.witness(f"{len(run.feed.candles)} candles")


def _year(reading: Reading) -> str:
    when = compare.when(reading.timestamp)
    if when != "no date":
        return f"the year {when[:4]}"
    return f"about the year {1970 + float(reading.timestamp) / 31_556_952:.0f}"


@check("FIELD-04")
async def base_volume(case: Case) -> None:
    run = await course(case, outage=1)
    must_be_free_of(run, "volume", "the volume of the candle of {when} is not the base volume")


@check("FIELD-05")
async def all_digits(case: Case) -> None:
    listed = case.world.market.pairs
    pair = max(case.samples.pairs, key=lambda name: listed[name].price_digits)
    run = await course(case, pair=pair)
    must_be_free_of(
        run, "digits", f"the candle of {{when}} of {pair} has lost digits",
        "numbers are rounded to a fixed count of decimals, or kept in 32 bits",
    )  # fmt: skip


@check("FIELD-06")
async def more_columns(case: Case) -> None:
    run = await course(case, faults=[ExtraField()], outage=1)
    must_have_struck(run, "a new key and a new column")
    if run.target is None or not run.feed.candles:
        case.fail(
            "since candles have one more key, none is handed over",
            expected=run.expected(),
            got=story(run.feed, case.world.setting.epoch_ms) or "the feed told nothing",
            likely="the parser takes an exact set of keys, or an exact count of columns",
        )
    got = {item.open_ms for item in run.feed.candles}
    ledger = case.candles(run.pair, run.grid, run.feed.first_ms, run.target.end_ms)
    if missing := [candle for candle in ledger if candle.open_ms not in got]:
        case.fail(
            f"since candles have one more key, {len(missing)} of {len(ledger)} are missing",
            expected=run.expected(),
            got=run.got(),
            likely="the parser takes an exact set of keys, or an exact count of columns",
        )
    for each in run.matched():
        if each.flaws:
            case.fail(
                "since candles have one more column, what is handed over is not the exchange's",
                rows=each.rows(),
                likely=each.likely() or "columns are counted from the end of the row",
            )


@check("FIELD-07")
async def consistent(case: Case) -> None:
    run = await course(case, outage=1)
    for error in getattr(run.feed, "unreadable", ()):
        case.fail(f"what is handed over is no candle: {error}", expected="numbers in all columns")
    closed = [item.reading for item in run.feed.candles]
    updates = [each for each in run.feed.updates if isinstance(each, Reading)]
    if not closed and not updates:
        case.not_exercised("nothing was handed over", consequence_of="FINAL-02")
    for what, readings in (("closed candle", closed), ("update", updates)):
        for reading in readings:
            if wrong := _contradiction(reading):
                case.fail(
                    f"{'an' if what == 'update' else 'a'} {what} contradicts itself: {wrong}",
                    expected="low <= open, close <= high, and volume >= 0",
                    got=repr(reading),
                    likely="the columns are mixed up"
                    if what == "closed candle"
                    else "high and low are not carried along with the close",
                )
    case.witness(f"{len(closed)} candles and {len(updates)} updates")


def _contradiction(reading: Reading) -> str:
    """Return what of a candle cannot be, or nothing."""
    low, high = float(reading.low), float(reading.high)
    slack = compare.TOLERANCE * max(abs(low), abs(high))
    for name in ("open", "close"):
        value = float(getattr(reading, name))
        if value > high + slack:
            return f"{name} {compare.plain(value)} is above high {compare.plain(high)}"
        if value < low - slack:
            return f"{name} {compare.plain(value)} is below low {compare.plain(low)}"
    if low > high + slack:
        return f"low {compare.plain(low)} is above high {compare.plain(high)}"
    if float(reading.volume) < 0:
        return f"volume is {compare.plain(reading.volume)}"
    return ""
