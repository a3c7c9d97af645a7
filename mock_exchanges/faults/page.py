"""The page of faults: what there is, what clients notice, which fields there are. From the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mock_exchanges.faults import Fault, faults
from mock_exchanges.faults.table import FAMILIES

_HEAD = """\
# Faults

Everything that can go wrong at a mock on command, by family. How to write one down, narrow it and
put it to work is in [trouble on command](trouble.md). This page is made from the code's data;
`mock-exchanges faults` prints the same.
"""
_FAMILY = {
    "connect": "Connections and requests that do not come about",
    "end": "Connections that end",
    "silence": "Connections that look well and say nothing",
    "shape": "Messages whose form is unusual, or broken",
    "content": "Messages that are well formed and say something else",
    "pressure": "Limits, refusals, and answers that are late or of no use",
}


def own_fields(fault: type[Fault]) -> Iterator[tuple[str, str, str]]:
    """Yield (name, default, description) of the fields that a fault has beyond its scope."""
    for name, field in fault.model_fields.items():
        if name == "fault":
            continue
        usual = Fault.model_fields.get(name)
        if usual is not None and usual.description == field.description:
            continue
        if field.is_required():
            default = "required"
        else:
            default = repr(field.get_default(call_default_factory=True))
        yield name, default, field.description or ""


def fault_page() -> str:
    """Return the page, Markdown."""
    lines = [_HEAD, "## Scope\n", "Every fault can be narrowed by these fields.\n"]
    scope = [
        (name, repr(field.default), field.description or "")
        for name, field in Fault.model_fields.items()
        if name != "fault"
    ]
    lines += [*_table(("Field", "Default", "Meaning"), scope), ""]
    known = faults().values()
    for family in FAMILIES:
        members = [fault for fault in known if fault.family() == family]
        lines += [f"## {_FAMILY[family]}\n"]
        for fault in members:
            lines += [f"### {fault.kind()}\n", f"{fault.sentence()}\n"]
            rows = list(own_fields(fault))
            if rows:
                lines += [*_table(("Field", "Default", "Meaning"), rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join('---' for _ in head)}|"
    for name, default, text in rows:
        yield f"| `{name}` | `{default}` | {text} |".replace("| `required` |", "| required |")


__all__ = ["fault_page", "own_fields"]
