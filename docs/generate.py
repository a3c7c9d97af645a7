"""Write the pages of the documentation that are made from the code's data.

python docs/generate.py            writes them
python docs/generate.py --check    exits 1 if one is out of date
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from conformance.card import cards
from conformance.registry import get
from conformance.report import text
from conformance.report.catalogue import catalogue
from conformance.session import Request, Session
from mock_exchanges.core.fact_table import fact_page
from mock_exchanges.faults.page import fault_page
from mock_exchanges.scenario.page import scenario_page

ROOT = Path(__file__).resolve().parent.parent
# the failure that docs/authors.md shows
DEFECT, CHECK = "tests.gallery.defective.ParseTakesTheEventTime", "PARSE-05"
_SHOWN = re.compile(r"(?<=<!-- generated: a failure -->\n```text\n).*?(?=```\n)", re.DOTALL)
# what a recipe needs that its reader has anyway
_OWN = {*sys.stdlib_module_names, "conformance", "mock_exchanges", "pytest", "tests"}
_WIDTH = 100
_RECIPES = """\
# Recipes

How real clients are pointed at the mocks. Each function below is the one with which the project's
own tests point that client, unmodified, at the mock; the tests then hold what it returns against
the market's ledger. This page is made from their source.

`mock` is the running mock: a `MockExchange`, or what `running(…)` gives
([in your tests](bot-developers.md#in-your-tests)). `mock.rest_url` and `mock.ws_url` are the two
addresses that `mock-exchanges serve NAME` prints, like `http://127.0.0.1:39201` and
`ws://127.0.0.1:39201`; `mock.tls_rest_url` and `mock.tls_ws_url` are those with `--tls`. Where a
client takes its CA from is in
[pointing clients](clients.md#where-each-library-takes-its-ca-from).

A defect is the client's, and asserted by the test that is named: it shows on the real exchange too.
"""


@dataclass(frozen=True)
class Mark:
    """A function that a test file marks, and what its mark says."""

    kind: str
    says: dict[str, Any]
    file: Path
    name: str
    cause: str
    source: str


def pages() -> dict[Path, str]:
    """Return every generated page: its path and what belongs in it."""
    made = {
        ROOT / "docs/checks.md": catalogue(cards().values()),
        ROOT / "docs/recipes.md": recipes(),
        ROOT / "docs/faults.md": fault_page(),
        ROOT / "docs/scenarios.md": scenario_page(),
    }
    for file in sorted(ROOT.glob("mock_exchanges/*/profile.py")):
        name = file.parent.name
        known = import_module(f"mock_exchanges.{name}.profile")
        page = fact_page(name, known.PROFILES, known.profile().date)
        made[ROOT / f"docs/exchanges/facts-{name}.md"] = page
    authors = ROOT / "docs/authors.md"
    told = failure()
    made[authors] = _SHOWN.sub(lambda _: told, authors.read_text("utf-8"))
    return made


def failure() -> str:
    """Return the message that an author of a defective adapter gets."""
    session = Session(Request([DEFECT], folder=ROOT))
    try:
        result = session.suites[0].run(get(CHECK))
    finally:
        session.close()
    result.again = text.again(result)
    return f"{text.message(result)}\n"


def recipes() -> str:
    """Return the page of recipes: exchange by exchange, client by client. Raises ValueError."""
    found: list[Mark] = []
    for file in sorted(ROOT.glob("tests/clients/test_*.py")):
        if file.name.startswith("test_feed_"):
            continue  # a client around which a feed is written: docs/feeds.md
        marked = list(marks(file))
        if not any(mark.kind == "recipe" for mark in marked):
            raise ValueError(f"{file.name} marks no recipe")
        found += marked
    lines = [_RECIPES]
    for exchange in sorted({mark.says["exchange"] for mark in found}):
        title = (ROOT / f"docs/exchanges/{exchange}.md").read_text("utf-8").partition("\n")[0]
        lines.append(f"#{title}\n\nThe mock: [{title[2:]}](exchanges/{exchange}.md).\n")
        of_it = [mark for mark in found if mark.says["exchange"] == exchange]
        for client in sorted({mark.says["client"] for mark in of_it}):
            lines += section(exchange, [mark for mark in of_it if mark.says["client"] == client])
    return "\n".join(lines)


def section(exchange: str, found: Sequence[Mark]) -> Iterator[str]:
    """Yield what the page says of one client of one exchange."""
    client = found[0].says["client"]
    yield f"### {client}, {exchange}\n\nVersions: `{versions(client)}`.\n"
    for mark in (mark for mark in found if mark.kind == "recipe"):
        needs = mark.says.get("needs")
        yield f"{mark.says['carries']}." + (f" Needs {needs}." if needs else "") + "\n"
        origin = f"# {mark.file.relative_to(ROOT).as_posix()}"
        yield f"```python\n{origin}\n{mark.source}\n```\n"
    defects = [mark for mark in found if mark.kind == "defect"]
    if defects:
        yield "Known defects:\n"
        yield (
            "\n".join(
                f"- {mark.says['text']} Cause: {mark.cause} (`{mark.name}`)" for mark in defects
            )
            + "\n"
        )


def marks(file: Path) -> Iterator[Mark]:
    """Yield the marked functions of a test file, by its source alone. Raises ValueError."""
    text = file.read_text("utf-8")
    tree = ast.parse(text)
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in function.decorator_list:
            if not isinstance(mark, ast.Call) or not isinstance(mark.func, ast.Name):
                continue
            says = {word.arg: ast.literal_eval(word.value) for word in mark.keywords if word.arg}
            kind, told = mark.func.id, ast.get_docstring(function) or ""
            if kind == "defect":
                if not told.startswith("Cause: "):
                    raise ValueError(f"{file.name}: {function.name} tells no cause")
                says["text"] = ast.literal_eval(mark.args[0])
            elif kind != "recipe":
                continue
            cause = " ".join(told.removeprefix("Cause: ").replace("``", "`").split())
            yield Mark(kind, says, file, function.name, cause, shown(text, tree, function))


def shown(text: str, tree: ast.Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return the source of a function without its decorators, after the imports it needs."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    imports = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        names = [
            each for each in node.names
            if (each.asname or each.name).partition(".")[0] in used
            and (module or each.name).partition(".")[0] not in _OWN
        ]  # fmt: skip
        if isinstance(node, ast.Import):
            imports += [ast.unparse(ast.Import([each])) for each in names]
        elif names:
            line = ast.unparse(ast.ImportFrom(module, names, 0))
            if len(line) > _WIDTH:
                each = "".join(f"    {ast.unparse(name)},\n" for name in names)
                line = f"from {module} import (\n{each})"
            imports.append(line)
    body = text.splitlines()[function.lineno - 1 : function.end_lineno]
    before = "".join(f"{line}\n" for line in imports)
    return before + ("\n\n" if before else "") + textwrap.dedent("\n".join(body))


def versions(client: str) -> str:
    """Return the requirement of a client that pyproject.toml has. Raises ValueError."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for each in (*project["optional-dependencies"]["clients"], *project["dependencies"]):
        if re.split(r"[^\w.-]", each)[0] == client:
            return str(each)
    raise ValueError(f"pyproject.toml has no client {client}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args(argv).check
    stale = [
        (path, page)
        for path, page in pages().items()
        if not path.exists() or path.read_text("utf-8") != page
    ]
    for path, page in stale:
        if not check:
            path.write_text(page, "utf-8")
        said = "out of date" if check else "written"
        sys.stdout.write(f"{path.relative_to(ROOT)}: {said}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
