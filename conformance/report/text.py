"""A result as text: what an author reads at the desk."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Sequence

from conformance.verdict import Result, Row, Verdict

_WIDTH = 96
_LONGEST_LINE = 150
_LONGEST_FRAME = 1000


def message(result: Result) -> str:
    """Return the whole message of a result, several lines."""
    lines = _head(result)
    if result.happened:
        lines += ["", *_block("happened", result.happened)]
    if result.rows:
        lines += ["", *_table(result.rows)]
    if result.expected or result.got:
        lines.append("")
    if result.expected:
        lines += _block("expected", result.expected)
    if result.got:
        lines += _block("got", result.got)
    if result.likely:
        lines += ["", *_block("likely", result.likely)]
    if result.wire:
        lines += ["", *_wire(result.wire)]
    lines.append("")
    for number, source in enumerate(result.sources):
        lines += _block("rule" if number == 0 else "", address(source))
    lines.append(f"  again     {result.again}")  # on one line, to be pasted
    return "\n".join(line.rstrip() for line in lines)


def brief(result: Result, like: str | None = None) -> str:
    """Return a short message, for what another result has told in full.

    ``like`` is the check and interval that failed in the same way; without it the
    result follows from another check.
    """
    lines = _wrapped(result.headline, "  ")
    if like is None:
        lines.append(f"  follows from {result.consequence_of}; mend that first (in full: -v)")
    else:
        lines += [f"  as {like} above (in full: -v)", f"  again     {result.again}"]
    return "\n".join(lines)


def oneliner(result: Result) -> str:
    """Return a result in a line, as JUnit readers and pytest's short summary show it."""
    if result.consequence_of:
        return f"follows from {result.consequence_of}: {result.headline}"
    if result.verdict in (Verdict.NOT_EXERCISED, Verdict.HARNESS_ERROR):
        return f"{result.verdict}: {result.headline}"
    return result.headline


def again(result: Result, exchange: str | None = None) -> str:
    """Return the command that repeats one result; ``exchange`` if the user had to name it."""
    words = ["pytest", f"--{result.judged}", result.adapter]
    if exchange is not None:
        words += ["--exchange", exchange]
    if result.seed != 1:
        words += ["--conformance-seed", str(result.seed)]
    if result.verdict is Verdict.LOOSE:
        words.append("--conformance-strict")
    return shlex.join([*words, "-k", result.where])


def kind(result: Result) -> tuple[str, str, str]:
    """Return what results for several intervals have in common when they tell of one defect."""
    headline = result.headline
    if result.interval:
        headline = re.sub(rf"\b{re.escape(result.interval)}\b", "…", headline)
    return result.adapter, result.id, headline


_MEANINGS = {
    Verdict.NOT_EXERCISED: "not exercised: what the check is about did not happen, so nothing "
    "is known about it",
    Verdict.HARNESS_ERROR: "not the adapter's fault: the suite or the mock broke, and no other "
    "verdict of this run can be relied on",
}


def _head(result: Result) -> list[str]:
    where = " · ".join(filter(None, (str(result.severity), result.exchange, result.interval or "")))
    lines = [f"{result.where}  {result.title}   [{where}]", "", *_wrapped(result.headline, "  ")]
    if result.verdict in _MEANINGS:
        lines += _wrapped(f"({_MEANINGS[result.verdict]})", "  ")
    if result.consequence_of:
        lines += ["", *_block("because", f"follows from {result.consequence_of}; mend that first")]
    return lines


_TO_PARSER = "→ parse_ws_message "


def _wire(wire: Sequence[str]) -> list[str]:
    """Write what was on the wire: frames for the parser whole, to be pasted; traffic cut short."""
    if all(line.startswith(_TO_PARSER) for line in wire):
        label = "the frame" if len(wire) == 1 else "the frames"
        return [
            f"  {label} given to parse_ws_message",
            *(f"    {_cut(line.removeprefix(_TO_PARSER), _LONGEST_FRAME)}" for line in wire),
        ]
    return [
        "  the wire, in the exchange's seconds since the check began",
        *(f"    {_cut(line, _LONGEST_LINE)}" for line in wire),
    ]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def address(source: str) -> str:
    """Write ``owner/name#12`` as an address; leave other sources as they are."""
    owner, slash, rest = source.partition("/")
    name, hash_, number = rest.partition("#")
    if slash and hash_ and number.isdigit() and "." not in owner and "/" not in name:
        return f"https://github.com/{owner}/{name}/issues/{number}"
    return source


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _block(label: str, text: str) -> list[str]:
    """Write a labelled text; its own line breaks are kept."""
    lines: list[str] = []
    for number, line in enumerate(text.splitlines() or [""]):
        words = line.lstrip()
        inset = line[: len(line) - len(words)]
        head = (f"  {label:<9} " if number == 0 else " " * 12) + inset
        if len(head) + len(words) <= _WIDTH + 12 or " " not in words:
            lines.append(head + words)
        else:
            lines += textwrap.wrap(
                words, _WIDTH + 12, initial_indent=head, subsequent_indent=" " * 12 + inset,
                break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
    return lines


def _table(rows: Sequence[Row]) -> list[str]:
    cells = [("", "expected", "got"), *((r.column, r.expected, r.got) for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    lines = []
    for number, row in enumerate(cells):
        mark = "  ← wrong" if number and rows[number - 1].wrong else ""
        lines.append(
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            + mark
        )  # fmt: skip
    return lines
