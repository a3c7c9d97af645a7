"""What does the adapter read out of a frame?"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from conformance import compare
from conformance.case import Case
from conformance.checks import surfacing  # noqa: F401 - it registers a check of this area
from conformance.checks.payload import chosen
from conformance.contract import Reading
from conformance.driver.network_client import decode
from conformance.registry import check
from conformance.subject import AdapterRaised, Subject
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.samples import CandleFrame


async def read(case: Case, frame: CandleFrame, subject: Subject | None = None) -> list[Reading]:
    """Hand a frame to the parser of an adapter, by default a fresh one; return the candles.

    A parser with a memory is PARSE-07's matter alone.
    """
    case.did(f"The exchange sent a candle frame: {frame.name}.")
    case.showed(frame.text)
    parsed = await (subject or await case.world.subject()).parse(json.loads(frame.text))
    return case.readings(f"{frame.name} frame", parsed.candles)


def other_time(case: Case, text: str, reading: Reading, candle: Candle) -> str | None:
    """Return the path of another time in the frame that the reading's timestamp is, if one."""
    if compare.same_time(reading.timestamp, candle.open_ms):
        return None
    value = float(reading.timestamp)
    for path, leaf in leaves(json.loads(text)):
        number = _as_number(leaf)
        if number is None or number < 1e9:
            continue
        for factor in (1, 1e3, 1e6, 1e9):
            seconds = number / factor
            if 1e9 < seconds < 1e10 and (value == seconds or value == float(int(seconds))):
                return path if abs(seconds * 1000 - candle.open_ms) >= 1 else None
    return None


def _as_number(leaf: Any) -> float | None:
    if isinstance(leaf, bool) or not isinstance(leaf, (int, float, str)):
        return None
    try:
        return float(leaf)
    except ValueError:
        return None


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of the scalars of a JSON tree."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from leaves(value, f"{path}[{index}]")
    else:
        yield path, tree


@check("PARSE-01")
async def exact_candle(case: Case) -> None:
    await case.subject.streamed()
    name = await chosen(case, case.interval)
    for pair in case.samples.pairs[:4]:
        for frame in (await case.wire()).candle_frames(pair, name, case.world.now_ms()):
            candle = frame.candles[0]
            readings = await read(case, frame)
            if not readings:
                if candle.trades == 0:
                    continue  # passing over an interval without trades is a policy
                case.fail(
                    f"{frame.name} frame of {pair} gives no candle",
                    expected="one candle",
                    got="none",
                )
            if len(readings) > 1:
                case.fail(
                    f"{frame.name} frame of {pair} gives {len(readings)} candles",
                    expected="one candle",
                    got=repr(readings),
                )
            case.witness(f"{pair} {frame.name}")
            got = readings[0]
            if other_time(case, frame.text, got, candle) is not None:
                columns = [r for r in compare.rows(got, candle) if r.column != "timestamp"]
                if not compare.wrong(columns):
                    continue  # another time of the frame: PARSE-05 is about that
            case.compare(f"{frame.name} frame of {pair}", got, candle)


@check("PARSE-02")
async def several_candles(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    frames = (await case.wire()).batch_frames(case.pair, interval, case.world.now_ms())
    if not frames:
        case.not_applicable("the exchange sends one candle in a frame, never several")
    for frame in frames:
        readings = await read(case, frame)
        case.witness(f"{frame.name}: {len(frame.candles)} candles")
        by_time = {round(float(reading.timestamp) * 1000): reading for reading in readings}
        if len(readings) != len(frame.candles):
            case.fail(
                f"{frame.name} frame with {len(frame.candles)} candles gives {len(readings)}",
                expected=_times(frame.candles),
                got=", ".join(str(reading.timestamp) for reading in readings) or "none",
            )
        for candle in frame.candles:
            if candle.open_ms not in by_time:
                case.fail(
                    f"{frame.name} frame: the candle of {candle.open_ms // 1000} is missing",
                    expected=_times(frame.candles),
                    got=", ".join(str(reading.timestamp) for reading in readings),
                )
            case.compare(f"{frame.name} frame", by_time[candle.open_ms], candle)


def _times(candles: Sequence[Candle]) -> str:
    return ", ".join(str(candle.open_ms // 1000) for candle in candles)


@check("PARSE-03")
async def no_candle(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    for frame in (await case.wire()).other_frames(case.pair, interval, case.world.now_ms()):
        try:
            data = json.loads(frame.text)
        except ValueError:
            continue  # plain text is the host's, not the parser's
        case.did(f"The exchange sent {frame.name}.")
        case.showed(frame.text)
        try:
            parsed = await case.subject.parse(data)
        except AdapterRaised as raised:
            if frame.error:
                case.witness(f"{frame.name}: raised")
                continue
            case.fail(
                f"{frame.name} makes the parser raise {type(raised.error).__name__}: "
                f"{raised.error}",
                expected="None or []",
                got=raised.trail,
            )
        case.witness(frame.name)
        if parsed.candles:
            case.fail(
                f"{frame.name} is taken for a candle", expected="None or []", got=repr(parsed.raw)
            )


@check("PARSE-04")
async def answers_pings(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    frames = (await case.wire()).other_frames(case.pair, interval, case.world.now_ms())
    pings = [frame for frame in frames if frame.reply is not None]
    if not pings:
        case.not_applicable("the exchange sends no pings as messages")
    for frame in pings:
        expected = json.loads(frame.reply or "null")
        case.did(f"The exchange sent {frame.name}.")
        case.showed(frame.text)
        parsed = await case.subject.parse(json.loads(frame.text))
        case.witness(frame.name)
        reply = getattr(parsed.reply, "payload", None)
        if isinstance(reply, str):
            reply = decode(reply)
        if not _covers(reply, expected):
            case.fail(
                f"{frame.name} is not answered rightly"
                if parsed.reply is not None
                else f"{frame.name} is not answered",
                expected=f"an object whose payload is {json.dumps(expected)}",
                got=repr(parsed.raw if parsed.reply is None else reply),
            )


def _covers(got: Any, expected: Any) -> bool:
    """Return whether a reply has everything it must have; more does no harm."""
    if isinstance(expected, dict):
        return isinstance(got, dict) and all(
            key in got and _covers(got[key], value) for key, value in expected.items()
        )
    return bool(got == expected)


@check("PARSE-05")
async def open_time(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    for frame in (await case.wire()).candle_frames(case.pair, interval, case.world.now_ms()):
        readings = await read(case, frame)
        for reading, candle in zip(readings, frame.candles, strict=False):
            case.witness(f"{frame.name}: {reading.timestamp}")
            path = other_time(case, frame.text, reading, candle)
            if path is not None:
                case.fail(
                    f"the candle's timestamp is the frame's {path}, not the candle's open time",
                    rows=compare.rows(reading, candle),
                )


def _with_more(tree: Any) -> Any:
    """Return a frame with an unknown key in each object and a trailing column in each row."""
    if isinstance(tree, dict):
        return {**{k: _with_more(v) for k, v in tree.items()}, "zz_new": "1"}
    if isinstance(tree, list):
        items = [_with_more(item) for item in tree]
        if len(tree) > 4 and not any(isinstance(item, (dict, list)) for item in tree):
            items.append("0")
        return items
    return tree


@check("PARSE-06")
async def fields_come_and_go(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    now_ms = case.world.now_ms()
    frames = [
        CandleFrame(f"{f.name}, with unknown fields", json.dumps(_with_more(json.loads(f.text))),
                    f.candles)
        for f in (await case.wire()).candle_frames(case.pair, interval, now_ms)
    ]  # fmt: skip
    frames.extend((await case.wire()).lean_frames(case.pair, interval, now_ms))
    for frame in frames:
        candle = frame.candles[0]
        try:
            readings = await read(case, frame)
        except AdapterRaised as raised:
            case.fail(
                f"{frame.name}: the parser raises {type(raised.error).__name__}: {raised.error}",
                expected="the candle",
                got=raised.trail,
            )
        case.witness(frame.name)
        if not readings and candle.trades:
            case.fail(f"{frame.name}: no candle is read", expected="the candle", got="none")
        for reading, said in zip(readings, frame.candles, strict=False):
            case.compare(frame.name, reading, said)


@check("PARSE-07")
async def no_memory(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    now_ms = case.world.now_ms()
    first, second = case.samples.pairs[:2]
    frames = list((await case.wire()).candle_frames(first, interval, now_ms))
    others = list((await case.wire()).candle_frames(second, interval, now_ms))
    for frame in (*frames, *others):
        case.did(f"The exchange sent a candle frame: {frame.name}.")
        case.showed(frame.text)
        data = json.loads(frame.text)
        kept = copy.deepcopy(data)
        once = case.readings(frame.name, (await case.subject.parse(data)).candles)
        if data != kept:
            case.fail(
                "the parser changes the frame it was given",
                expected=json.dumps(kept),
                got=json.dumps(data, default=repr),
            )
        twice = case.readings(frame.name, (await case.subject.parse(copy.deepcopy(kept))).candles)
        case.witness(f"{frame.name} twice")
        if once != twice:
            case.fail(
                "the same frame gives something else the second time",
                expected=repr(once),
                got=repr(twice),
            )
    turns = [*zip(frames, others, strict=False), *zip(others, frames, strict=False)]
    for frame in (frame for turn in turns for frame in turn):
        used = await read(case, frame, case.subject)
        clean = await read(case, frame)
        if used != clean:
            case.fail(
                "a frame gives something else after frames of another pair",
                expected=repr(clean),
                got=repr(used),
            )


DAMAGE: tuple[Any, ...] = (None, "", "x", [], {})
# frames with several damages at once, besides each single one
FUZZED_FRAMES = 200


def damaged(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield (what was done, frame) with one node of a JSON tree lost or replaced each."""
    for path, parent, key in nodes(tree):
        original = parent[key]
        for value in DAMAGE:
            if value == original and type(value) is type(original):
                continue
            parent[key] = value
            yield f"{path} is {json.dumps(value)}", copy.deepcopy(tree)
        parent[key] = original
        if isinstance(parent, dict):
            lost = dict(parent)
            del parent[key]
            yield f"{path} is missing", copy.deepcopy(tree)
            parent.clear()
            parent.update(lost)
        elif key < len(parent) - 1 or key > 0:
            cut = parent[key:]
            del parent[key:]
            yield f"cut before {path}", copy.deepcopy(tree)
            parent.extend(cut)


def nodes(tree: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """Return (path, what holds it, its key there) of every node of a JSON tree."""
    if isinstance(tree, dict):
        items: list[tuple[Any, Any]] = list(tree.items())
    elif isinstance(tree, list):
        items = list(enumerate(tree))
    else:
        return []
    found = []
    for key, value in items:
        where = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else key
        found.append((where, tree, key))
        found.extend(nodes(value, where))
    return found


def fuzzed(tree: Any, seed: int, count: int) -> Iterator[tuple[str, Any]]:
    """Yield (what was done, frame) with two to four nodes lost or replaced at once, by a seed."""
    chance = random.Random(seed)
    for _ in range(count):
        made, done = copy.deepcopy(tree), []
        for _ in range(chance.randint(2, 4)):
            found = nodes(made)
            if not found:
                break
            path, parent, key = chance.choice(found)
            if chance.random() > 0.3:
                parent[key] = copy.deepcopy(chance.choice(DAMAGE))
                done.append(f"{path} is {json.dumps(parent[key])}")
            elif isinstance(parent, dict):
                del parent[key]
                done.append(f"{path} is missing")
            else:  # a row that lost an inner column would be another row, rightly read
                del parent[key:]
                done.append(f"cut before {path}")
        yield " and ".join(done), made


@check("PARSE-08")
async def no_invented_numbers(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    frames = [
        frame
        for frame in (await case.wire()).candle_frames(case.pair, interval, case.world.now_ms())
        if frame.candles[0].trades
    ]
    if not frames:
        case.not_exercised(f"nothing was traded in {case.pair}")
    frame, seed = frames[0], case.world.setting.seed
    tree = json.loads(frame.text)
    for what, data in (*damaged(copy.deepcopy(tree)), *fuzzed(tree, seed, FUZZED_FRAMES)):
        text = json.dumps(data)
        case.did(f"A candle frame came damaged: {what}.")
        case.showed(text)
        case.witness(what)
        try:
            parsed = await case.subject.parse(data)
        except AdapterRaised as raised:
            if isinstance(raised.error, (RecursionError, MemoryError)):
                raise
            continue
        for candle in parsed.candles:
            reading = case.readings(what, [candle])[0]
            compared = compare.rows(reading, frame.candles[0])
            if bad := compare.wrong(compared):
                case.fail(
                    f"a frame in which {what} gives a candle with an invented {', '.join(bad)}",
                    expected="None, [], an exception, or the exchange's candle",
                    rows=compared,
                )
