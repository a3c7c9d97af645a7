"""On which line of a file a key stands, for error messages."""

from __future__ import annotations

import re
from collections.abc import Callable

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*\[(\[?)([^\]\[]+)\]?\]")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([\w-]+))\s*=""")


def finder(text: str, form: str) -> Callable[[Path], int | None]:
    """Return a function from the path of a key to its line, counted from 1, or None.

    For a key that is not found (a missing one) it is the line of what holds it.
    """
    found = _toml(text) if form == "toml" else _yaml(text)

    def line(path: Path) -> int | None:
        while path and path not in found:
            path = path[:-1]
        return found.get(path)

    return line


def _toml(text: str) -> dict[Path, int]:
    """Return lines of keys and headers, as far as they stand on lines of their own."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            table = ()
            *parents, name = (part.strip().strip("\"'") for part in header[2].split("."))
            for parent in parents:
                table = (*table, parent)
                if table in counts:
                    table = (*table, counts[table])
            table = (*table, name)
            if header[1]:
                counts[table] = counts.get(table, -1) + 1
                found.setdefault(table, number)
                table = (*table, counts[table])
            found[table] = number
        elif key := _KEY.match(line):
            found[(*table, key[1] or key[2] or key[3])] = number
    return found


def _yaml(text: str) -> dict[Path, int]:
    """Return lines of keys and items of YAML, and so of JSON."""
    import yaml  # most scenarios are TOML

    found: dict[Path, int] = {}

    def walk(node: yaml.Node | None, path: Path) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                found[(*path, key.value)] = key.start_mark.line + 1
                walk(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for position, value in enumerate(node.value):
                found[(*path, position)] = value.start_mark.line + 1
                walk(value, (*path, position))

    walk(yaml.compose(text), ())
    return found
