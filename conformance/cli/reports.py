"""What is made of a report: Markdown, a badge, a file of known failures."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from conformance.cli.arguments import Misuse
from conformance.known import EXPECTED
from conformance.report import markdown
from conformance.report.reading import BadReport, Report, read
from conformance.report.table import in_order
from conformance.verdict import Result, Verdict

KNOWN_HEAD = """\
# What this project accepts for a while. Each entry needs a reason. It fails the run when what it
# names passes, is not there, or its time is over. `conformance explain ID` tells of a check.
#
# [[known]]
# check = "PARSE-01"
# where = "binance:1m"        # exchange, or exchange:interval; globs such as binance:*
# expect = "fail"             # or loose, not-exercised
# reason = "why it is accepted, and who mends it"
# link = "https://example.com/issues/1"
# expires = 2027-01-31
"""


def summary(path: Path) -> int:
    """Print a report as Markdown. Raises Misuse for a file that is none."""
    sys.stdout.write(markdown.markdown(_read(path)))
    return 0


def badge(path: Path) -> int:
    """Print a report as JSON for shields.io/endpoint. Raises Misuse for a file that is none."""
    sys.stdout.write(json.dumps(markdown.badge(_read(path))) + "\n")
    return 0


def known(path: Path, output: Path | None, days: int, today: str | None) -> int:
    """Write a file of known failures: what a run found, to be given reasons.

    ``days`` is how long the entries hold. Raises Misuse for a report that tells nothing.
    """
    report = _read(path)
    broken = any(result.verdict is Verdict.HARNESS_ERROR for result in report.results)
    if broken:
        raise Misuse(f"{path}: is of a run with a harness error, of which no verdict counts")
    if days < 1:
        raise Misuse(f"--days is {days}, expected 1 or more")
    if output is not None and output.exists():
        raise Misuse(f"--output {output}: is there already, and is not overwritten")
    text = known_text(report.results, _day(today) + datetime.timedelta(days=days))
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise Misuse(f"--output {output}: cannot be written: {error}") from None
    sys.stdout.write(f"wrote {output}; give each entry its reason, without which it is refused\n")
    return 0


def known_text(results: Iterable[Result], expires: datetime.date) -> str:
    """Return the file: an entry for each failure that follows from no other, sorted.

    A check that fails in every interval is one entry.
    """
    found: dict[tuple[str, str], Result] = {}
    results = in_order(results)
    for result in results:
        if result.verdict in EXPECTED and result.consequence_of is None:
            exchange = result.exchange.partition("@")[0]
            where = f"{exchange}:{result.interval}" if result.interval else exchange
            if result.interval and _throughout(result, results):
                where = f"{exchange}:*"
            found.setdefault((result.id, where), result)
    parts = [KNOWN_HEAD]
    for (check, where), result in found.items():
        reason = result.known or ""
        parts.append(
            f"# {' '.join(result.headline.split())}\n"
            "[[known]]\n"
            f"check = {json.dumps(check)}\n"
            f"where = {json.dumps(where)}\n"
            f"expect = {json.dumps(str(result.verdict))}\n"
            f"reason = {json.dumps(reason, ensure_ascii=False)}\n"
            f"expires = {expires.isoformat()}\n"
        )
    return "\n".join(parts)


def _throughout(result: Result, results: Iterable[Result]) -> bool:
    """Return whether a check has this verdict in all of its intervals, of which there are some."""
    same = [r for r in results if (r.id, r.exchange) == (result.id, result.exchange)]
    intervals = {r.interval for r in same}
    return len(intervals) > 1 and {r.verdict for r in same} == {result.verdict}


def _read(path: Path) -> Report:
    try:
        return read(path)
    except BadReport as error:
        raise Misuse(str(error)) from None


def _day(written: str | None) -> datetime.date:
    if written is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(written)
    except ValueError:
        raise Misuse(f"--today is {written!r}, expected a date such as 2027-01-31") from None
