"""Results as JSON. The closing field proves that the file is whole and says if the run was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from conformance.verdict import Result, Verdict

FORMAT = 1


def suite_version() -> str:
    """Return the installed version of the suite."""
    try:
        return version("exchange-conformance")
    except PackageNotFoundError:
        return "0+uninstalled"


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of the suite a run covers: all there is, what was asked for, what was judged."""

    planned: int
    selected: int
    judged: int


@dataclass(frozen=True, slots=True)
class KnownFile:
    """The file of known failures, and what no longer holds in it."""

    file: str
    problems: Sequence[str] = ()


def document(
    results: Sequence[Result], exit_code: int, counts: Counts, known: KnownFile | None = None
) -> dict[str, Any]:
    """Return a run as plain data.

    ``complete``, its last field, says whether everything that was selected was judged, and by
    a suite that works: it is false for a run that was cut short, and after a harness error.
    """
    runs = []
    for adapter in dict.fromkeys(result.adapter for result in results):
        own = [result for result in results if result.adapter == adapter]
        exchange, _, profile = own[0].exchange.partition("@")
        runs.append(
            {
                "adapter": adapter,
                "exchange": exchange,
                "profile": profile or None,
                "seed": own[0].seed,
                "results": [result.as_data() for result in own],
            }
        )
    return {
        "format": FORMAT,
        "suite": "exchange-conformance",
        "version": suite_version(),
        "runs": runs,
        "verdicts": dict(sorted(Counter(str(result.verdict) for result in results).items())),
        "counts": asdict(counts),
        "known": None if known is None else {"file": known.file, "problems": [*known.problems]},
        "exit_code": exit_code,
        "complete": counts.judged == counts.selected
        and not any(result.verdict is Verdict.HARNESS_ERROR for result in results),
    }


def write(
    path: Path,
    results: Sequence[Result],
    exit_code: int,
    counts: Counts,
    known: KnownFile | None = None,
) -> None:
    """Write a run to a file, whole or not at all."""
    draft = path.with_name(f"{path.name}.part")
    text = json.dumps(document(results, exit_code, counts, known), indent=1, ensure_ascii=False)
    draft.write_text(f"{text}\n", "utf-8")
    draft.replace(path)
