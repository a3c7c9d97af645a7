"""The end of a run: counts, a table, the findings with what follows from them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.report.table import Line, plain, table
from conformance.report.text import kind
from conformance.verdict import Result, Verdict

_NAMES = {
    Verdict.FAIL: "FAIL",
    Verdict.LOOSE: "LOOSE",
    Verdict.NOT_EXERCISED: "NOT EXERCISED",
}
_COLOURS = {Verdict.LOOSE: "yellow"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a summary is told. ``width`` is in characters; ``real_s`` real seconds by adapter."""

    strict: bool = False
    width: int = 80
    wrap: bool = False
    every: bool = False
    real_s: Mapping[str, float] = field(default_factory=dict)


def summary(
    results: Sequence[Result], style: Style | None = None, problems: Sequence[str] = ()
) -> list[Line]:
    """Return the lines at the end of a run; ``problems`` are those of the known failures."""
    style = style or Style()
    lines: list[Line] = []
    for adapter in dict.fromkeys(result.adapter for result in results):
        own = [result for result in results if result.adapter == adapter]
        lines += _of_one(adapter, own, style)
    lines += [_line(f"  KNOWN {problem}", "KNOWN", "red") for problem in problems]
    if problems:
        lines.append(_line("        the file of known failures no longer holds, so the run fails"))
    return [part for line in lines for part in (_wrapped(line, style.width) if style.wrap
                                                else [line])]  # fmt: skip


def _line(text: str, word: str = "", colour: str = "") -> Line:
    """Return a line with its first word coloured."""
    if not word:
        return [(text, "")]
    before, found, after = text.partition(word)
    return [(before, ""), (found, colour), (after, "")]


def _wrapped(line: Line, width: int) -> list[Line]:
    if len(plain(line)) <= width or len(line) > 3:
        return [line]  # tables are cut to width already
    first, *rest = textwrap.wrap(
        plain(line), max(width, 40), subsequent_indent=" " * 8, drop_whitespace=True,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    word, colour = line[1] if len(line) == 3 else ("", "")
    return [_line(first, word, colour), *(_line(text) for text in rest)]


def _of_one(adapter: str, results: Sequence[Result], style: Style) -> list[Line]:
    lines = [_line(_head(adapter, results, style))]
    broken = [result for result in results if result.verdict is Verdict.HARNESS_ERROR]
    if broken:
        places = few(dict.fromkeys(result.where for result in broken))
        name = "HARNESS ERROR"
        lines.append(_line(f"  {name} in {places}: not the adapter's fault, and", name, "red"))
        lines.append(
            _line("        no other verdict of this run can be relied on; please report it")
        )
    else:
        lines += table(results, style.width, style.every)
    lines += _findings(results)
    for result in results:
        if result.verdict is Verdict.INFO:
            lines.append(_line(f"  INFO  {result.where}: {result.headline}", "INFO", "cyan"))
    known = [result for result in results if result.known is not None]
    for reason, known_at in _gathered(known, lambda r: (r.known or "", r.where)):
        lines.append(_line(f"  KNOWN {few(known_at)}: {reason}", "KNOWN", "yellow"))
    idle = [result for result in results if result.verdict is Verdict.NOT_APPLICABLE]
    for reason, ids in _gathered(idle, lambda r: (r.headline, r.id)):
        lines.append(_line(f"  N/A   {few(ids)}: {reason}"))
    if not style.strict and any(r.verdict is Verdict.LOOSE and r.known is None for r in results):
        lines.append(_line("  LOOSE does not fail the run; with --conformance-strict it does"))
    return lines


def _head(adapter: str, results: Sequence[Result], style: Style) -> str:
    counts = [
        f"{count} {verdict}"
        for verdict in Verdict
        if (count := sum(1 for r in results if r.verdict is verdict and r.known is None))
    ]
    if known := sum(1 for r in results if r.known is not None):
        counts.append(f"{known} known")
    virtual = sum(result.virtual_seconds for result in results)
    real = f" in {style.real_s[adapter]:.1f} s" if adapter in style.real_s else ""
    return (
        f"{adapter} on {results[0].exchange} (seed {results[0].seed}): {', '.join(counts)}; "
        f"{span(virtual)} of exchange time{real}"
    )


def roots(results: Iterable[Result]) -> list[tuple[Result, list[str], list[str]]]:
    """Return the findings: the first of a kind, its intervals, the ids that follow from it."""
    results = list(results)
    found: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        idle = result.verdict is Verdict.NOT_EXERCISED and not result.consequence_of
        if result.finding or (idle and result.known is None):
            found.setdefault(kind(result), []).append(result)
    told: set[tuple[str, str]] = set()
    made = []
    for same in found.values():
        first = same[0]
        key = (first.adapter, first.id)
        followers = {
            r.id for r in results if r.consequence_of == first.id and r.adapter == first.adapter
        }
        made.append(
            (first, [r.interval for r in same if r.interval],
             [] if key in told else sorted(followers))
        )  # fmt: skip
        told.add(key)
    return made


def _findings(results: Sequence[Result]) -> list[Line]:
    lines: list[Line] = []
    found = roots(results)
    for first, intervals, followers in found:
        name = _NAMES[first.verdict]
        at = f" [{few(intervals)}]" if intervals else ""
        text = f"  {name:<5} {first.id}: {first.headline}{at}"
        lines.append(_line(text, name, _COLOURS.get(first.verdict, "red")))
        if followers:
            lines.append(_line(f"        and what follows from it: {', '.join(followers)}"))
    told = {first.id for first, _, _ in found}
    orphans = sorted(
        {f"{r.id} (from {r.consequence_of})" for r in results
         if r.consequence_of and r.consequence_of not in told and r.known is None}
    )  # fmt: skip
    if orphans:
        lines.append(_line(f"  follow from checks that were not run: {', '.join(orphans)}"))
    return lines


def _gathered(
    results: Iterable[Result], of: Callable[[Result], tuple[str, str]]
) -> list[tuple[str, list[str]]]:
    """Return (reason, names that have it), each once."""
    made: dict[str, dict[str, None]] = {}
    for result in results:
        reason, name = of(result)
        made.setdefault(reason, {})[name] = None
    return [(reason, list(found)) for reason, found in made.items()]


def few(names: Iterable[str]) -> str:
    """Return names in a line; of many the first four."""
    listed = list(names)
    if len(listed) <= 5:
        return ", ".join(listed)
    return f"{', '.join(listed[:4])} and {len(listed) - 4} more"


def span(seconds: float) -> str:
    """Return a span of seconds for readers."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
