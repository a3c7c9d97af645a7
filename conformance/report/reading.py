"""A report file read back. Knows the format that `conformance.report.data` writes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.report.data import FORMAT
from conformance.verdict import Result


class BadReport(ValueError):
    """The file is no report; the message names file, field, value and what was expected."""


@dataclass(frozen=True, slots=True)
class Report:
    """A run, as its file tells it."""

    results: Sequence[Result]
    exit_code: int
    complete: bool
    version: str
    judged: int
    selected: int
    problems: Sequence[str]


def read(path: Path) -> Report:
    """Read a report. Raises BadReport."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadReport(f"{path}: cannot be read: {error}") from None
    except ValueError as error:
        raise BadReport(f"{path}: is no JSON: {error}") from None
    if not isinstance(data, dict) or data.get("suite") != "exchange-conformance":
        raise BadReport(f"{path}: is no report, expected what --conformance-json wrote")
    if data.get("format") != FORMAT:
        raise BadReport(f"{path}: format is {data.get('format')!r}, expected {FORMAT}")
    try:
        return _report(data)
    except (KeyError, TypeError, ValueError) as error:
        raise BadReport(
            f"{path}: {type(error).__name__}: {error}, expected a report of this version"
        ) from None


def _report(data: dict[str, Any]) -> Report:
    known = data.get("known") or {}
    return Report(
        results=[Result.from_data(item) for run in data["runs"] for item in run["results"]],
        exit_code=int(data["exit_code"]),
        complete=bool(data.get("complete")),
        version=str(data["version"]),
        judged=int(data["counts"]["judged"]),
        selected=int(data["counts"]["selected"]),
        problems=[str(line) for line in known.get("problems", ())],
    )
