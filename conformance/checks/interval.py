"""Which intervals does the adapter speak of?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from conformance.case import Case
from conformance.registry import check

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_NAME = re.compile(r"^(\d+)([smhdwM])$")
_DAY = 86_400


def seconds_of(name: str) -> range | None:
    """Return the seconds an interval's name stands for (a span for months), if it can be read."""
    found = _NAME.match(name)
    if found is None:
        return None
    count, unit = int(found[1]), found[2]
    if unit == "M":
        return range(28 * _DAY * count, 31 * _DAY * count + 1)
    return range(count * _UNITS[unit], count * _UNITS[unit] + 1)


@check("INTV-01")
async def really_streams(case: Case) -> None:
    claimed = await case.subject.claimed()
    if isinstance(claimed, (str, bytes)) or not isinstance(claimed, Iterable):
        case.fail(
            "get_ws_supported_intervals gives no collection of strings",
            expected="a list of interval names",
            got=repr(claimed),
        )
    items = list(claimed)
    odd = [item for item in items if not isinstance(item, str)]
    if odd:
        case.fail(
            f"a streamed interval is {type(odd[0]).__name__}, not a string",
            expected="interval names such as '1m'",
            got=repr(items),
        )
    await case.subject.streamed()
    supported = await case.supported()
    case.witness(f"{case.interval} is claimed as streamed")
    if case.interval not in supported:
        case.fail(
            f"{case.interval} is streamed but missing in get_supported_intervals",
            expected=f"{case.interval!r} among the supported intervals",
            got=repr(list(supported)),
        )
    meaning = case.known(case.interval)
    if meaning is None or not meaning.streamed:
        streams = ", ".join(item.name for item in case.samples.intervals() if item.streamed)
        case.did(f"The exchange streams {streams}.")
        case.fail(
            f"the exchange does not stream {case.interval}",
            expected=f"one of {streams}",
            got=case.interval,
        )


@check("INTV-02")
async def right_seconds(case: Case) -> None:
    supported = await case.supported()
    for name, seconds in supported.items():
        case.witness(f"{name!r}: {seconds!r}")
        if not isinstance(name, str):
            case.fail(f"the interval {name!r} is no string", expected="names such as '1m'")
        right = seconds_of(name)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            case.fail(f"the length of {name} is {seconds!r}", expected="a number of seconds")
        if right is not None and int(seconds) not in right:
            span = str(right[0]) if len(right) == 1 else f"{right[0]} to {right[-1]}"
            case.fail(
                f"the length of {name} is {seconds!r}",
                expected=f"{span} seconds",
                got=repr(seconds),
                likely=_unit(float(seconds), right),
            )
        meaning = case.known(name)
        if meaning is None or not (meaning.rest or meaning.streamed):
            known = ", ".join(item.name for item in case.samples.intervals())
            case.did(f"The exchange has {known}.")
            case.fail(f"the exchange has no interval {name}", expected=f"intervals out of {known}")


def _unit(seconds: float, right: range) -> str:
    for factor, unit in ((1000, "milliseconds"), (1 / 60, "minutes"), (1 / 3600, "hours")):
        if round(seconds / factor) in right:
            return f"the length is in {unit}"
    return ""


@check("INTV-03")
async def under_claimed(case: Case) -> None:
    streamed = await case.subject.streamed()
    meant = {meaning.name for name in streamed for meaning in case.samples.meanings(name)}
    left = [
        item.name for item in case.samples.intervals() if item.streamed and item.name not in meant
    ]
    case.witness(f"claims {', '.join(streamed)}")
    if left:
        case.info(f"the exchange also streams {', '.join(left)}")


def _spoil(collection: Any) -> None:
    """Change a collection in whatever way it allows; a frozen one is left as it is."""
    for change in ("clear", "pop"):
        method = getattr(collection, change, None)
        if method is None:
            continue
        try:
            method()
        except (TypeError, AttributeError, KeyError, IndexError):
            continue
        return


@check("INTV-04")
async def cannot_be_damaged(case: Case) -> None:
    supported = await case.supported()
    before = dict(supported)
    _spoil(supported)
    after = await case.supported()
    case.witness("emptied what get_supported_intervals returned")
    if dict(after) != before:
        case.did("The caller emptied the mapping it was given.")
        case.fail(
            "get_supported_intervals hands out its own mapping",
            expected=repr(before),
            got=repr(after),
        )
    streamed = await case.subject.claimed()
    if not isinstance(streamed, Iterable):
        case.not_applicable("get_ws_supported_intervals gives no collection (see INTV-01)")
    names = list(streamed)
    _spoil(streamed)
    again = list(await case.subject.claimed())
    case.witness("emptied what get_ws_supported_intervals returned")
    if again != names:
        case.did("The caller emptied the collection it was given.")
        case.fail(
            "get_ws_supported_intervals hands out its own list",
            expected=repr(names),
            got=repr(again),
        )
