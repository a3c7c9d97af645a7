"""A run as a table: families of checks down, intervals across, one sign a cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.card import cards
from conformance.verdict import Result, Verdict

# text and colour (pytest's names; "" is the terminal's own)
Line = Sequence[tuple[str, str]]
Cells = Mapping[tuple[str, str], str]

# the column of checks that are asked once
ONCE = "-"
# sign -> (what it means, its colour), the worst first
SIGNS = {
    "E": ("harness error", "red"),
    "F": ("fail", "red"),
    "?": ("not exercised", "red"),
    "f": ("follows from another", "red"),
    "L": ("loose", "yellow"),
    "k": ("known", "yellow"),
    "i": ("info", "cyan"),
    ".": ("pass", "green"),
    "n": ("not applicable", ""),
}
_FINE = {".", "n", "i"}
_OF = {
    Verdict.HARNESS_ERROR: "E",
    Verdict.FAIL: "F",
    Verdict.NOT_EXERCISED: "?",
    Verdict.LOOSE: "L",
    Verdict.INFO: "i",
    Verdict.PASS: ".",
    Verdict.NOT_APPLICABLE: "n",
}
_UNITS = "smhdwM"
_INTERVAL = re.compile(r"(\d+)([a-zA-Z]+)")


def plain(line: Line) -> str:
    """Return a line without its colours."""
    return "".join(text for text, _ in line)


def sign(result: Result) -> str:
    """Return the sign of a result."""
    if result.known is not None:
        return "k"
    return "f" if result.consequence_of else _OF[result.verdict]


def cells(results: Iterable[Result]) -> dict[tuple[str, str], str]:
    """Return (family, interval) -> the sign of the worst result there."""
    worst: dict[tuple[str, str], str] = {}
    order = list(SIGNS)
    for result in results:
        place = (result.id.partition("-")[0], result.interval or ONCE)
        found = sign(result)
        worst[place] = min(found, worst.get(place, found), key=order.index)
    return worst


def rows(made: Cells) -> list[str]:
    """Return the families of a table, in the order of the catalogue."""
    order = list(dict.fromkeys(card.area for card in cards().values()))
    found = dict.fromkeys(family for family, _ in made)
    return sorted(found, key=lambda name: order.index(name) if name in order else len(order))


def columns(made: Cells) -> list[str]:
    """Return the columns of a table: once, then the intervals from short to long."""
    return sorted(dict.fromkeys(interval for _, interval in made), key=_length)


def _length(interval: str) -> tuple[int, int]:
    if interval == ONCE:
        return (-1, 0)
    found = _INTERVAL.match(interval)
    if found is None:
        return (len(_UNITS), 0)
    unit = found[2] if found[2] == "M" else found[2][0].lower()
    return (_UNITS.index(unit) if unit in _UNITS else len(_UNITS), int(found[1]))


def in_order(results: Iterable[Result]) -> list[Result]:
    """Return results as the catalogue and the intervals go, whichever came first."""
    order = {check_id: number for number, check_id in enumerate(cards())}
    return sorted(
        results,
        key=lambda r: (r.adapter, order.get(r.id, -1), _length(r.interval or ONCE)),
    )


def table(results: Sequence[Result], width: int, every: bool = False) -> list[Line]:
    """Return the table, in blocks where it is wider than ``width`` characters.

    Families that are fine throughout share a line, unless ``every`` is asked for. Nothing is
    returned for less than two cells: the findings tell as much.
    """
    made = cells(results)
    families = rows(made)
    fine = [f for f in families if {s for (row, _), s in made.items() if row == f} <= _FINE]
    if not every:
        families = [family for family in families if family not in fine]
    shown = {place: s for place, s in made.items() if place[0] in families}
    if len(shown) < 2:
        return []
    stub = max(map(len, families)) + 4
    lines: list[Line] = []
    for block in _blocks(columns(shown), width - stub):
        lines.append([(" " * stub + " ".join(block), "")])
        there = [f for f in families if any((f, name) in made for name in block)]
        lines += [_row(family, block, made, stub) for family in there]
    if fine and not every:
        lines.append([(f"  fine: {', '.join(fine)}", "")])
    return [*lines, list(_legend(set(shown.values())))]


def _blocks(names: Sequence[str], width: int) -> Iterator[list[str]]:
    """Yield runs of column names that fit into a width."""
    block: list[str] = []
    for name in names:
        if block and len(" ".join([*block, name])) > width:
            yield block
            block = []
        block.append(name)
    if block:
        yield block


def _row(family: str, block: Sequence[str], made: Cells, stub: int) -> Line:
    line = [(f"  {family}".ljust(stub), "")]
    last = max((n for n, name in enumerate(block) if (family, name) in made), default=-1)
    for number, name in enumerate(block[: last + 1]):
        mark = made.get((family, name), " ")
        pad = "" if number == last else " " * len(name)
        line += [(mark, SIGNS[mark][1] if mark in SIGNS else ""), (pad, "")]
    return line


def _legend(used: set[str]) -> Iterator[tuple[str, str]]:
    space = "  "
    for mark, (meaning, colour) in SIGNS.items():
        if mark in used:
            yield space + mark, colour
            yield f" {meaning}", ""
