"""Results as JSON. The closing field proves that the file is complete."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from conformance.verdict import Result

FORMAT = 1


def suite_version() -> str:
    """Return the installed version of the suite."""
    try:
        return version("exchange-conformance")
    except PackageNotFoundError:
        return "0+uninstalled"


def document(results: Sequence[Result], exit_code: int) -> dict[str, Any]:
    """Return a run as plain data; ``complete`` is its last field."""
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
        "exit_code": exit_code,
        "complete": True,
    }


def write(path: Path, results: Sequence[Result], exit_code: int) -> None:
    """Write a run to a file, whole or not at all."""
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(
        json.dumps(document(results, exit_code), indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    draft.replace(path)
