"""What was on the wire and what the host told, on one axis of time, for a reader.

Lines carry virtual seconds since the check began. What repeats is folded: the first and
the last of a kind tell enough.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from conformance.watched import Note
from mock_exchanges.core.journal import Entry

# lines are of one kind if they are alike, but for numbers, for so many characters after the time
_SAME = 30
# kinds that come so often are routine: candles, pings, refusals of every attempt
_OFTEN = 9
# runs of so many lines are shown whole
_SHORT = 3
_NUMBER = re.compile(r"\d+")
_TIME = re.compile(r"^ *[+-]\d+\.\d+s +")
_FOLD = re.compile(r"^ *… \d+ more")
# how lines end when the suite stops a feed or a mock
_END = (
    "→ lost client closed 1000", "• connection ended, code 1000", "• connection ended, code 1006",
    "← close 1001 the mock exchange stops",
)  # fmt: skip
# entries looked at: what is older than these tells nothing any more
_ENTRIES = 400


def timeline(
    entries: Sequence[Entry], notes: Iterable[Note], origin_ms: int, count: int
) -> tuple[str, ...]:
    """Return the last ``count`` lines, folded; ``origin_ms`` is when the check began."""
    shown = entries[-_ENTRIES:]
    begin_ms = shown[0].at_ms if len(shown) < len(entries) else origin_ms
    lines = [(entry.at_ms, 0, entry.line(origin_ms)) for entry in shown]
    lines += [
        (note.at_ms, 1, f"{(note.at_ms - origin_ms) / 1000:+10.3f}s  host • {note.text}")
        for note in notes
        if note.at_ms >= begin_ms
    ]
    lines.sort(key=lambda line: line[:2])
    made = folded(_without_the_end([text for _, _, text in lines]))[-count:]
    # a note on what is not shown any more says nothing
    return tuple(made[1:] if made and _FOLD.match(made[0]) else made)


def _without_the_end(lines: list[str]) -> list[str]:
    """Leave out how the suite hangs up."""
    kept = list(lines)
    while len(kept) > 1 and kept[-1].endswith(_END):
        kept.pop()
    return kept


def folded(lines: Sequence[str]) -> list[str]:
    """Fold runs of lines of one kind, and runs of what comes again and again anyway."""
    kinds = [_NUMBER.sub("0", _TIME.sub("", line))[:_SAME] for line in lines]
    often = {kind for kind, times in Counter(kinds).items() if times >= _OFTEN}
    made: list[str] = []
    at = 0
    groups = itertools.groupby(kinds, key=lambda kind: "" if kind in often else kind)
    for kind, members in groups:
        run = lines[at : at + len(list(members))]
        at += len(run)
        if len(run) <= _SHORT:
            made += run
            continue
        what = "more of the kind" if kind or len({*kinds[at - len(run) : at]}) == 1 else "more"
        inset = " " * (len(run[0]) - len(_TIME.sub("", run[0])))
        made += [run[0], f"{inset}… {len(run) - 2} {what} …", run[-1]]
    return made
