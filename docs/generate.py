"""Write the pages of the documentation that are made from the code's data.

python docs/generate.py            writes them
python docs/generate.py --check    exits 1 if one is out of date
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from conformance.card import cards
from conformance.registry import get
from conformance.report import text
from conformance.report.catalogue import catalogue
from conformance.session import Request, Session
from mock_exchanges.core.fact_table import fact_page

ROOT = Path(__file__).resolve().parent.parent
# the failure that docs/authors.md shows
DEFECT, CHECK = "tests.gallery.defective.ParseTakesTheEventTime", "PARSE-05"
_SHOWN = re.compile(r"(?<=<!-- generated: a failure -->\n```text\n).*?(?=```\n)", re.DOTALL)


def pages() -> dict[Path, str]:
    """Return every generated page: its path and what belongs in it."""
    made = {ROOT / "docs/checks.md": catalogue(cards().values())}
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
