"""Random frames for the parser of an adapter: damaged candles, and JSON that is no candle.

PARSE-08 damages each node of a frame in turn; here damage is drawn, several at once, in
every kind of frame, and shrunk to the least that still makes the parser invent a candle.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from conformance import compare
from conformance.card import Card
from conformance.case import Case
from conformance.checks.parse import DAMAGE, nodes
from conformance.checks.payload import chosen
from conformance.fuzz.search import simplest
from conformance.registry import Check
from conformance.runner import Suite
from conformance.subject import AdapterRaised
from conformance.verdict import Result, Severity
from mock_exchanges.core.candle import Candle

CARD = Card(
    id="FUZZ-FRAMES",
    title="Nothing but the exchange's candles is read from random frames",
    severity=Severity.MUST,
    rule="A damaged frame, and JSON that is no candle, give None, [], an exception, or exactly the "
    "candle that the exchange told: never one with invented numbers.",
    accepts=("None", "[]", "an exception", "the exchange's candle"),
    sources=("docs/checks.md#parse-08",),
    defect="",
)

_CUT, _LOST = "cut", "lost"
_KEYS = st.sampled_from("abcekstdv")
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**15) | st.text("abcekst:._-", max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcekstdv"), inner)
    ),
    max_leaves=8,
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is done to a frame: which frame, and (which node, what) for each blow."""

    frame: int
    blows: tuple[tuple[int, Any], ...]


_DAMAGE = st.builds(
    Damage,
    st.integers(0, 9),
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from((_LOST, _CUT, *DAMAGE))),
        min_size=1,
        max_size=4,
    ).map(tuple),
)


def misread(suite: Suite, examples: int, seed: int = 1) -> tuple[Result, int] | None:
    """Look for a frame from which an adapter reads an invented candle.

    Returns the result for the simplest such and how many frames were tried, or None.
    Equal suites and seeds give equal answers.
    """

    def judged(drawn: Any) -> Result:
        async def read(case: Case) -> None:
            await _read(case, drawn)

        return suite.run(Check(CARD, read))

    found = simplest(_DAMAGE | _JSON, repr, judged, examples, seed)
    return None if found is None else (found[1], found[2])


async def _read(case: Case, drawn: Any) -> None:
    interval = await chosen(case, await case.usual_interval())
    wire = await case.wire()
    frames = [
        frame
        for frame in wire.candle_frames(case.pair, interval, case.world.now_ms())
        if frame.candles[0].trades
    ]
    truth: Sequence[Candle] = ()
    if not isinstance(drawn, Damage):
        data, what = drawn, "JSON that is no candle"
    else:
        frame = frames[drawn.frame % len(frames)]
        data, what = damaged(json.loads(frame.text), drawn)
        truth = frame.candles
    case.did(f"A frame came: {what}.")
    case.showed(json.dumps(data))
    case.witness(what)
    try:
        parsed = await case.subject.parse(data)
    except AdapterRaised as raised:
        if isinstance(raised.error, (RecursionError, MemoryError)):
            raise
        return
    for candle in parsed.candles:
        reading = case.readings(what, [candle])[0]
        rows = [compare.rows(reading, each) for each in truth]
        if all(compare.wrong(compared) for compared in rows):
            case.fail(
                f"{what} gives an invented candle",
                expected="None, [], an exception, or the exchange's candle",
                got=str(candle),
                rows=rows[0] if rows else (),
            )


def damaged(tree: Any, damage: Damage) -> tuple[Any, str]:
    """Return a frame after all blows, and what was done."""
    done = []
    for place, value in damage.blows:
        found = nodes(tree)
        if not found:
            break
        path, parent, key = found[place % len(found)]
        if value == _LOST and isinstance(parent, dict):
            del parent[key]
            done.append(f"{path} is missing")
        elif value in (_LOST, _CUT) and isinstance(parent, list):
            # a row that lost an inner column would be another row, rightly read
            del parent[key:]
            done.append(f"cut before {path}")
        elif value not in (_LOST, _CUT):
            parent[key] = copy.deepcopy(value)
            done.append(f"{path} is {json.dumps(value)}")
    return tree, " and ".join(done) or "a candle, undamaged"
