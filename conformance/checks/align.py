"""Does each candle stand at its open time, in one calendar?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from conformance import compare
from conformance.case import Case
from conformance.checks.payload import subscribe
from conformance.checks.url import DATA_WITHIN_MS
from conformance.contract import Reading
from conformance.feed import UserFeed
from conformance.handover import course
from conformance.observe import eventually, story
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.world import encode
from mock_exchanges.core.calendar import DAY_MS, SECOND_MS, Grid
from mock_exchanges.core.samples import Interval

# intervals that a feed is asked for, by a framework's names
_WITHIN_A_DAY = ("1m", "5m", "15m", "1h", "4h")
_LONG = ("1w", "1M")
# names that hardly any exchange has; the second differs from another by case alone
_UNKNOWN = ("7m", "1M", "45m", "11h")
# virtual seconds within which a feed shows what it has of a running candle
_SOON_S = 60.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a feed of one interval showed at once."""

    interval: str
    refused: str
    updates: Sequence[Reading]
    topics: Sequence[str]


async def _shown(case: Case, interval: str) -> Shown:
    """Start a feed of the busy pair, and see what it shows of the running candle."""
    feed = case.watch(case.pair, interval, history=0)
    hub = case.world.mock.engine.hub
    try:
        await feed.start()
    except AdapterRaised as raised:
        return Shown(interval, str(raised), [], [])
    try:
        await eventually(lambda: len(feed.updates) >= 2, _SOON_S)
        topics = list(hub.topics())
    finally:
        await feed.stop()
    updates = [each for each in feed.updates if isinstance(each, Reading)]
    return Shown(interval, "", updates, topics)


def _streamed(case: Case, names: Sequence[str]) -> list[str]:
    """Return those of some names that the exchange streams."""
    return [name for name in names if any(m.streamed for m in case.samples.meanings(name))]


def _open_ms(reading: Reading) -> int:
    return round(float(reading.timestamp) * SECOND_MS)


@check("ALIGN-01")
async def on_the_grid(case: Case) -> None:
    looked_at = 0
    for name in _streamed(case, _WITHIN_A_DAY):
        shown = await _shown(case, name)
        grids = [meaning.grid for meaning in case.samples.meanings(name)]
        for reading in shown.updates:
            looked_at += 1
            _must_be_on(case, name, reading, grids)
        case.witness(f"{name}: {shown.refused or f'{len(shown.updates)} updates'}")
    if not looked_at:
        case.not_applicable("the feed tells nothing of running candles")


def _must_be_on(case: Case, name: str, reading: Reading, grids: Sequence[Grid]) -> None:
    """Fail unless a candle opens where one of these calendars has an open time."""
    open_ms = _open_ms(reading)
    if any(grid.floor(open_ms) == open_ms for grid in grids):
        return
    case.did(f"A feed of {case.pair} {name} was started.")
    case.fail(
        f"a candle of {name} opens at {compare.when(reading.timestamp)}, where none does",
        expected=" or ".join(
            dict.fromkeys(compare.when(grid.floor(open_ms) / SECOND_MS) for grid in grids)
        ),
        got=f"{compare.plain(reading.timestamp)} ({compare.when(reading.timestamp)})",
        likely="the time of a trade or a message is cut to minutes, whatever the interval",
    )


@check("ALIGN-02")
async def one_key(case: Case) -> None:
    if case.judges_feed:
        await _one_key_of_a_feed(case)
        return
    supported = await case.supported()
    names = [
        name
        for name in await case.subject.streamed()
        if name in supported and len(case.samples.meanings(name)) > 1
    ]
    if not names:
        case.not_applicable("the exchange has one calendar for each interval")
    for name in names:
        came = await subscribe(case, case.pair, name)
        if not came.right:
            case.not_exercised(f"no candle of {name} came", consequence_of="PAY-01")
        streamed = next(m for m in case.samples.meanings(name) if m.name == came.name)
        pushed = [
            reading
            for text in came.probe.texts
            if case.samples.about(text) is not None
            for reading in case.readings(
                "a candle", (await case.subject.parse(json.loads(text))).candles
            )
        ]
        start_ms = streamed.grid.back(streamed.grid.floor(case.world.now_ms()), 4)
        rows = case.readings(
            "a REST candle",
            await case.subject.fetch(case.pair, name, start_ms // SECOND_MS, 10),
        )
        other = _calendar(case, name, rows)
        if other is not None and other.name != streamed.name:
            case.did(f"The adapter subscribed to {name} of {case.pair}, and fetched it by REST.")
            case.fail(
                f"{name} has two calendars: the stream's candles open as {streamed.name}, those "
                f"of REST as {other.name}",
                expected="the same open times from both, so that one candle has one key",
                got=f"stream: {_dates(pushed[-3:])}; REST: {_dates(rows[-3:])}",
                likely="the exchange has the interval in UTC and in its own zone; ask both "
                "sides for the same one",
            )
        case.witness(f"{name}: {streamed.name} by stream, {other and other.name} by REST")


def _dates(readings: Sequence[Reading]) -> str:
    return ", ".join(compare.when(reading.timestamp) for reading in readings) or "none"


def _calendar(case: Case, name: str, rows: Sequence[Reading]) -> Interval | None:
    """Return which of an interval's meanings has all these candles, if exactly one has."""
    found = [
        meaning
        for meaning in case.samples.meanings(name)
        if rows and all(meaning.grid.floor(_open_ms(row)) == _open_ms(row) for row in rows)
    ]
    return found[0] if len(found) == 1 else None


async def _one_key_of_a_feed(case: Case) -> None:
    """Fail if candles that REST filled in are dated otherwise than those of the stream."""
    run = await course(case, outage=2)
    wrong: dict[bool, list[str]] = {True: [], False: []}
    right = {True: 0, False: 0}
    for each in run.matched():
        by_rest = each.candle is not None and each.candle.open_ms in run.away
        if "time" in each.flaws and each.candle is not None:
            wrong[by_rest].append(
                f"{compare.when(each.item.reading.timestamp)} for the candle of "
                f"{compare.when(each.candle.open_ms / SECOND_MS)}"
            )
        else:
            right[by_rest] += 1
    for by_rest, dated in wrong.items():
        if dated and right[not by_rest]:
            whose, others = ("REST", "the stream") if by_rest else ("the stream", "REST")
            case.fail(
                f"candles of {whose} are dated otherwise than those of {others}",
                expected="the open time, from both",
                got="; ".join(dated),
                likely="one of the two gives the close time, the other the open time",
            )
    if not right[True] and not wrong[True]:
        case.not_exercised("no candle of the outage was handed over", consequence_of="GAP-01")
    case.witness(f"{right[False]} candles while the stream ran, {right[True]} of an outage")


@check("ALIGN-03")
async def open_time(case: Case) -> None:
    run = await course(case)
    for each in run.matched():
        if "time" not in each.flaws:
            continue
        when = compare.when(each.item.reading.timestamp)
        if each.candle is None:
            case.fail(f"a candle is dated {when}, where the exchange has none",
                      expected=run.expected(), got=run.got())  # fmt: skip
        case.fail(
            f"a candle is dated {when}, and opened at "
            f"{compare.when(each.candle.open_ms / SECOND_MS)}",
            rows=each.rows(),
            likely=each.likely()
            or "the time at which a message was sent, or of the last trade, is no candle's time",
        )
    if not run.feed.candles:
        case.not_exercised("no candle was handed over", consequence_of="FINAL-02")
    case.witness(f"{len(run.feed.candles)} candles")


@check("ALIGN-04")
async def one_zone(case: Case) -> None:
    if case.judges_feed:
        await _day_of_a_feed(case)
        return
    zones: dict[int, list[str]] = {}
    for name in await case.supported():
        meanings = [m for m in case.samples.meanings(name) if m.rest]
        if len(meanings) < 2:
            continue
        start_ms = meanings[0].grid.back(meanings[0].grid.floor(case.world.now_ms()), 3)
        rows = await case.subject.fetch(case.pair, name, start_ms // SECOND_MS, 5)
        calendar = _calendar(case, name, case.readings("a REST candle", rows))
        if calendar is not None:
            zones.setdefault(_zone_h(meanings, calendar), []).append(name)
    if not zones:
        case.not_applicable("the exchange has one calendar for each interval")
    said = "; ".join(f"{_zone(hours)}: {', '.join(names)}" for hours, names in zones.items())
    if len(zones) > 1:
        case.did("The adapter fetched each interval that the exchange has in two calendars.")
        case.fail(
            "some intervals count from midnight of one zone, some from that of another",
            expected="one zone for all, so that a week is the sum of its days",
            got=said,
            likely="the exchange has each of these intervals in UTC and in its own zone; choose "
            "one for all",
        )
    case.witness(said)


def _zone_h(meanings: Sequence[Interval], calendar: Interval) -> int:
    """Return the zone of a calendar, hours east of the one in UTC."""
    day = next((m.grid for m in meanings if m.name.lower().endswith("utc")), meanings[0].grid)
    return (day.origin_ms - calendar.grid.origin_ms) % DAY_MS // 3_600_000


def _zone(hours: int) -> str:
    return f"UTC+{hours}" if hours else "UTC"


async def _day_of_a_feed(case: Case) -> None:
    """Fail unless the running day began at a midnight that the exchange knows."""
    if not _streamed(case, ("1d",)):
        case.not_applicable("the exchange streams no days")
    shown = await _shown(case, "1d")
    if shown.refused or not shown.updates:
        case.not_applicable(shown.refused or "the feed tells nothing of running candles")
    meanings = case.samples.meanings("1d")
    now_ms = case.world.now_ms()
    subscribed = [m for m in meanings if case.samples.topic(case.pair, m.name) in shown.topics]
    expected = " or ".join(
        compare.when(m.grid.floor(now_ms) / SECOND_MS) for m in subscribed or meanings
    )
    for reading in shown.updates:
        opened = _open_ms(reading)
        if all(m.grid.floor(opened) != opened for m in subscribed or meanings):
            case.did(f"A feed of {case.pair} 1d was started.")
            case.fail(
                f"the running day opens at {compare.when(reading.timestamp)}",
                expected=expected,
                got=f"{compare.plain(reading.timestamp)} ({compare.when(reading.timestamp)})",
                likely="days are counted from the own midnight, or from that of another calendar "
                "than the one that was subscribed to",
            )
    case.witness(f"{len(shown.updates)} updates of the day of {expected}")


@check("ALIGN-05")
async def weeks_and_months(case: Case) -> None:
    names = _streamed(case, _LONG)
    if not names:
        case.not_applicable("the exchange streams neither weeks nor months")
    looked_at = 0
    for name in names:
        shown = await _shown(case, name)
        now_ms = case.world.now_ms()
        grids = [meaning.grid for meaning in case.samples.meanings(name)]
        opens = {grid.floor(now_ms) for grid in grids}
        for reading in shown.updates:
            looked_at += 1
            opened = _open_ms(reading)
            if all(grid.floor(opened) != opened for grid in grids):
                what = "week" if name == "1w" else "month"
                case.did(f"A feed of {case.pair} {name} was started.")
                case.fail(
                    f"the running {what} opens at {_weekday(reading)}",
                    expected=" or ".join(f"{_weekday_of(ms)}" for ms in sorted(opens)),
                    got=f"{compare.plain(reading.timestamp)}",
                    likely="weeks are counted from the epoch, a Thursday"
                    if what == "week"
                    else "months are counted as 30 days",
                )
        case.witness(f"{name}: {shown.refused or f'{len(shown.updates)} updates'}")
    if not looked_at:
        case.not_applicable("the feed tells nothing of running weeks and months")


def _weekday_of(open_ms: int) -> str:
    days = ("Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday")
    return f"{compare.when(open_ms / SECOND_MS)}, a {days[open_ms // DAY_MS % 7]}"


def _weekday(reading: Reading) -> str:
    return _weekday_of(_open_ms(reading))


@check("ALIGN-06")
async def names_of_intervals(case: Case) -> None:
    unknown = [name for name in _UNKNOWN if not case.samples.meanings(name)][:2]
    if case.judges_feed:
        for name in _streamed(case, (*_WITHIN_A_DAY, "1d")):
            await _must_map(case, name)
        for name in unknown:
            await _must_refuse(case, name)
        return
    supported = await case.supported()
    for name in unknown:
        if name not in supported:  # INTV-02 is about those that are
            await _fetches_nothing(case, name)
            await _streams_nothing(case, name)
    if not case.witnessed:
        case.not_applicable("the adapter has every interval that could be asked for")


async def _must_map(case: Case, name: str) -> None:
    """Fail if a feed of an interval subscribes to another one."""
    shown = await _shown(case, name)
    right = [case.samples.topic(case.pair, m.name) for m in case.samples.meanings(name)]
    other = {
        case.samples.topic(case.pair, m.name): m.name
        for m in case.samples.intervals()
        if m.streamed
    }
    wrong = [topic for topic in shown.topics if topic in other and topic not in right]
    if wrong:
        case.did(f"A feed of {case.pair} {name} was started.")
        case.fail(
            f"a feed of {name} subscribes to {other[wrong[0]]}",
            expected=" or ".join(right),
            got=", ".join(shown.topics),
        )
    case.witness(f"{name}: {shown.refused or ', '.join(shown.topics) or 'not streamed'}")


async def _must_refuse(case: Case, name: str) -> None:
    """Fail if a feed of an interval that there is not brings candles, or says nothing."""
    feed = UserFeed(
        case.world.setting.factory, [case.pair], name, case.world.now_ms(), case.world.now_ms
    )
    case.did(f"A feed of {case.pair} {name} was started; the exchange has no such interval.")
    try:
        await feed.start()
    except AdapterRaised as raised:
        case.witness(f"{name}: {raised}")
        return
    try:
        await eventually(lambda: bool(feed.updates), 2 * _SOON_S)
        topics = ", ".join(case.world.mock.engine.hub.topics()) or "nothing"
    finally:
        await feed.stop()
    if feed.updates:
        case.fail(
            f"a feed of {name}, an interval that the exchange does not have, brings candles",
            expected="an exception, or a word to the caller",
            got=f"candles; it is subscribed to {topics}",
            likely="an interval that is not known falls back to another one, or its name is "
            "changed to small letters",
        )
    if not feed.notes:
        case.fail(
            f"a feed of {name}, an interval that the exchange does not have, is silent",
            expected="an exception, or a word to the caller",
            got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
        )
    case.witness(f"{name}: {feed.notes[-1].text}")


async def _fetches_nothing(case: Case, name: str) -> None:
    """Fail if REST gives candles of an interval that there is not."""
    start_s = case.world.now_ms() // SECOND_MS - 3600
    try:
        rows = await case.subject.fetch(case.pair, name, start_s, 5)
    except AdapterRaised as raised:
        case.witness(f"{name} by REST: {raised}")
        return
    readings = case.readings("a REST candle", rows)
    if readings:
        case.did(f"fetch_rest_candles was asked for {name}, which the exchange does not have.")
        case.fail(
            f"asked for {name}, an interval that there is not, REST gives candles of another",
            expected="an exception",
            got=_dates(readings),
            likely="an interval that is not known falls back to another one, or its name is "
            "changed to small letters",
        )
    case.witness(f"{name} by REST: no candles")


async def _streams_nothing(case: Case, name: str) -> None:
    """Fail if a subscription to an interval that there is not brings candles."""
    if sum(meaning.streamed for meaning in case.samples.intervals()) < 2:
        return  # a request need not name the only one
    try:
        texts = [encode(each) for each in await case.subject.payloads(case.pair, name)]
    except (AdapterRaised, TypeError, ValueError) as raised:
        case.witness(f"{name} by stream: {raised}")
        return
    if not texts:
        return
    probe = case.world.probe()
    for text in texts:
        probe.send(text)

    def candles(received: Sequence[str]) -> bool:
        return any(case.samples.about(text) is not None for text in received)

    if candles(probe.texts) or probe.wait(candles, DATA_WITHIN_MS):
        about = next(a for text in probe.texts if (a := case.samples.about(text)) is not None)
        case.did(f"For {case.pair} {name} the adapter sent {', '.join(texts)}.")
        case.fail(
            f"asked for {name}, an interval that there is not, it subscribes to {about[1]}",
            expected="an exception",
            got=", ".join(texts),
            likely="an interval that is not known falls back to another one, or its name is "
            "changed to small letters",
        )
    case.witness(f"{name} by stream: nothing comes")
