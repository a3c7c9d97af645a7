"""Is each number of a candle in its place, whole and in its unit?"""

from __future__ import annotations

from conformance import compare
from conformance.case import Case
from conformance.contract import Reading
from conformance.handover import course, must_be_free_of, must_have_struck
from conformance.observe import eventually, passed_on, story, upcoming
from conformance.registry import check
from conformance.silence import quieten
from conformance.watched import Watched
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS
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


@check("FIELD-08")
async def idle_intervals(case: Case) -> None:
    await case.world.own_market()
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    pair = case.pair
    feed = case.watch(pair, interval, history=0)
    await feed.start()
    try:
        if not await eventually(lambda: bool(feed.updates), 300 + 2 * grid.length_ms / SECOND_MS):
            case.not_exercised("nothing came from the feed", consequence_of="FINAL-02")
        for_s = 2 * grid.length_ms / SECOND_MS + (grid.length_ms - MINUTE_MS) / SECOND_MS
        await quieten(case, pair, for_s)
        quiet = case.world.now_ms(), case.world.now_ms() + round(for_s * SECOND_MS)
        case.did(f"Nobody traded {pair} for {for_s:.0f} s.")
        await eventually(lambda: case.world.now_ms() >= quiet[1], for_s + 1)
        target = upcoming(case, pair, grid, 2)
        await passed_on(case, feed, grid, target)
    finally:
        await feed.stop()
    idle = [
        candle
        for candle in case.world.market.candles(pair, grid, *quiet)
        if candle.trades == 0 and candle.end_ms <= quiet[1]
    ]
    if not idle:
        case.not_exercised("no interval was without trades")
    if case.samples.flat:  # how a hole of the exchange's own is filled is GAP-04's matter
        _judge_idle(case, feed, {candle.open_ms: float(candle.decimal("close")) for candle in idle})
    if not any(item.open_ms >= quiet[1] for item in feed.candles):
        case.fail(
            f"after {len(idle)} intervals without trades no candle is handed over any more",
            expected="the candles that follow",
            got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
        )
    flat = "candles without volume" if case.samples.flat else "no candles, as the exchange has none"
    case.witness(f"{len(idle)} intervals without trades: {flat}")


def _judge_idle(case: Case, feed: Watched, prices: dict[int, float]) -> None:
    """Fail if a candle without trades has other prices than the last one traded, or volume."""
    for item in feed.candles:
        price = prices.get(item.open_ms)
        if price is None:
            continue
        reading = item.reading
        got = [float(getattr(reading, name)) for name in ("open", "high", "low", "close")]
        if any(abs(value - price) > compare.TOLERANCE * price for value in got):
            case.fail(
                f"an interval without trades becomes a candle whose close is "
                f"{compare.plain(reading.close)}",
                expected=f"no candle, or one whose prices are all {compare.plain(price)}, the last "
                "price traded",
                got=repr(reading),
                likely="null or no volume is taken for a price of 0" if 0 in got else "",
            )
        if reading.volume != 0:
            case.fail(
                f"an interval without trades has a volume of {compare.plain(reading.volume)}",
                expected="0",
                got=repr(reading),
            )
