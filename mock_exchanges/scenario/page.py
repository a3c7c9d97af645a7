"""The page of ready scenarios, from their files."""

from __future__ import annotations

from importlib.resources import files

from mock_exchanges.scenario.catalogue import FOLDER, library

_HEAD = """\
# Ready scenarios

Each is a file of the package, named after what happened, with where it happened. Play one with
`mock-exchanges serve --scenario NAME`, `MockExchange("okx", scenario="NAME")`, or while the mock
runs; write your own as [trouble on command](trouble.md) tells. This page is made from the files.
"""


def scenario_page() -> str:
    """Return the page, Markdown."""
    parts = [_HEAD]
    for name, scenario in library().items():
        text = (files("mock_exchanges.scenario") / FOLDER / f"{name}.toml").read_text("utf-8")
        rules = text[text.index("\n[[") :].strip()
        sources = "\n".join(f"- <{source}>" for source in scenario.sources)
        parts.append(f"## {name}\n\n{scenario.about}\n\n```toml\n{rules}\n```\n\n{sources}\n")
    return "\n".join(parts)
