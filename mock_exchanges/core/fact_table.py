"""The facts of an exchange as Markdown, made from its dated profiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mock_exchanges.core.facts import Fact, facts

_ADDRESS = re.compile(r"https?://[^\s,;]*[^\s,;:.]")
_ISSUES = re.compile(r"github\.com/([\w.-]+/[\w.-]+) issues? (\d+)(?: and (\d+))?")
# A number of milliseconds above this is a date, below it a length of time.
_A_MOMENT_MS = 1_000_000_000_000
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s"))


def fact_page(exchange: str, profiles: Mapping[str, Any], usual: str) -> str:
    """Return the page of an exchange; ``profiles`` are by date, ``usual`` is the default one."""
    known = {item.name: item.value for item in facts(profiles[usual])}
    lines = [
        f"# Facts about {exchange}",
        "",
        "Every figure that the mock goes by, where it is written, and the day it was last known",
        "true. Trust is *documented* by the exchange, *recorded* on the wire, *reported* by users,",
        "or a *guess*.",
        "",
        f"This page is generated from `mock_exchanges/{exchange}/profile.py`.",
        "",
        f"## Profile {usual}",
        "",
        "The default.",
        "",
        *_table(list(facts(profiles[usual]))),
    ]
    for date in sorted(profiles.keys() - {usual}, reverse=True):
        other = [item for item in facts(profiles[date]) if item.value != known.get(item.name)]
        lines += [
            "",
            f"## Profile {date}",
            "",
            f"`{exchange}@{date}` differs from the default in:",
            "",
            *_table(other),
        ]
    return "\n".join(lines) + "\n"


def _table(rows: list[Fact]) -> list[str]:
    lines = ["| Fact | Value | Trust | Known true | Source |", "|---|---|---|---|---|"]
    for item in rows:
        source = item.source
        value = shown(item.name, item.value)
        lines.append(
            f"| `{item.name}` | {value} | {source.trust} | {source.checked} "
            f"| {_linked(source.text)} |"
        )
    return lines


def shown(name: str, value: Any) -> str:
    """Return a value for a reader: durations in their largest even unit."""
    if isinstance(value, Mapping):
        return _code(" ".join(map(str, value)))
    if isinstance(value, tuple):
        return ", ".join(shown(name, item) for item in value)
    if name.endswith("_ms") and isinstance(value, int):
        return _moment(value) if value > _A_MOMENT_MS else _duration(value)
    return _code(str(value))


def _moment(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(milliseconds: int) -> str:
    for size, unit in _UNITS:
        if milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    return f"{milliseconds} ms"


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|")


def _linked(text: str) -> str:
    text = _ADDRESS.sub(lambda found: f"<{found.group()}>", text)
    return _ISSUES.sub(_issues, text).replace("|", "\\|")


def _issues(found: re.Match[str]) -> str:
    name, *numbers = found.groups()
    return ", ".join(
        f"[{name}#{number}](https://github.com/{name}/issues/{number})"
        for number in numbers
        if number
    )
