"""A run as Markdown, for a CI's summary page, and as a badge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.report.reading import Report
from conformance.report.summary import few, roots, span
from conformance.report.table import SIGNS, cells, columns, rows
from conformance.verdict import Result, Verdict

_SAID = {
    0: "✅ passed",
    1: "❌ findings",
    2: "⚠️ interrupted",
    3: "⚠️ harness error",
    4: "⚠️ wrong use",
    5: "⚠️ nothing was selected",
}
_MARKS = {
    "E": "💥", "F": "❌", "?": "❔", "f": "↳", "L": "⚠️", "k": "🕓", "i": "ℹ️", ".": "✅", "n": "·",
}  # fmt: skip


def markdown(report: Report) -> str:
    """Return a run as Markdown: verdict, table, findings with what follows from them."""
    lines = [f"## Conformance: {_SAID.get(report.exit_code, f'exit code {report.exit_code}')}", ""]
    if any(result.verdict is Verdict.HARNESS_ERROR for result in report.results):
        lines += ["**The suite or the mock broke: no verdict of this run counts.**", ""]
    elif not report.complete:
        lines += [
            f"**Not complete: {report.judged} of {report.selected} checks were judged.**", "",
        ]  # fmt: skip
    for adapter in dict.fromkeys(result.adapter for result in report.results):
        lines += _run([result for result in report.results if result.adapter == adapter])
    if report.problems:
        lines += ["### Known failures that no longer hold", ""]
        lines += [*(f"- {_text(problem)}" for problem in report.problems), ""]
    lines.append(f"<sub>exchange-conformance {report.version}</sub>")
    return "\n".join(lines) + "\n"


def _run(results: Sequence[Result]) -> list[str]:
    counts = ", ".join(
        f"{count} {verdict}"
        for verdict in Verdict
        if (count := sum(1 for r in results if r.verdict is verdict and r.known is None))
    )
    virtual = span(sum(result.virtual_seconds for result in results))
    first = results[0]
    lines = [
        f"### `{first.adapter}` on {first.exchange}",
        "",
        f"{counts}; {virtual} of exchange time.",
        "",
        *_table(results),
        "",
    ]
    broken = [result for result in results if result.verdict is Verdict.HARNESS_ERROR]
    lines += [f"- **HARNESS ERROR {r.where}**: {_text(r.headline)}" for r in broken]
    for result, intervals, followers in roots(results):
        at = f" ({few(intervals)})" if intervals else ""
        lines.append(
            f"- **{str(result.verdict).upper()} {result.id}** {result.title}{at}  \n"
            f"  {_text(result.headline)}"
        )
        if followers:
            lines.append(f"  and what follows from it: {', '.join(followers)}")
        lines.append(f"  <br>`{result.again}`")
    known: dict[str, list[str]] = {}
    for result in results:
        if result.known is not None:
            known.setdefault(result.known, []).append(result.where)
    lines += [f"- known: {few(places)}: {_text(reason)}" for reason, places in known.items()]
    return [*lines, ""]


def _table(results: Sequence[Result]) -> list[str]:
    made = cells(results)
    names = columns(made)
    lines = [
        f"| | {' | '.join(names)} |",
        f"|---|{':-:|' * len(names)}",
    ]
    for family in rows(made):
        marks = (_MARKS.get(made.get((family, name), ""), "") for name in names)
        lines.append(f"| {family} | {' | '.join(marks)} |")
    used = set(made.values())
    legend = (f"{_MARKS[mark]} {meaning}" for mark, (meaning, _) in SIGNS.items() if mark in used)
    return [*lines, "", " &nbsp; ".join(legend)]


def _text(said: str) -> str:
    """Write a text so that Markdown leaves it as it is."""
    for sign in "\\`*_<>[]|":
        said = said.replace(sign, f"\\{sign}")
    return " ".join(said.split())


def badge(report: Report) -> dict[str, Any]:
    """Return a run as shields.io wants it from an endpoint."""
    message, colour = _badge(report)
    return {"schemaVersion": 1, "label": "conformance", "message": message, "color": colour}


def _badge(report: Report) -> tuple[str, str]:
    if any(result.verdict is Verdict.HARNESS_ERROR for result in report.results):
        return "harness error", "lightgrey"
    found = roots(report.results)
    bad = len({(r.adapter, r.id) for r, _, _ in found if r.verdict is not Verdict.LOOSE})
    if bad or report.problems:
        count = bad + len(report.problems)
        return f"{count} finding{'' if count == 1 else 's'}", "red"
    if not report.complete or not report.results:
        return "incomplete", "lightgrey"
    loose = len({(r.adapter, r.id) for r, _, _ in found})
    known = len({(r.adapter, r.id) for r in report.results if r.known is not None})
    notes = [f"{count} {what}" for count, what in ((loose, "loose"), (known, "known")) if count]
    if report.exit_code != 0:
        return ", ".join(notes) or "failing", "red"
    return ", ".join(["passing", *notes]), "yellow" if notes else "brightgreen"
