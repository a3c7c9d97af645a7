"""Write the pages of the documentation that are made from the code's data.

python docs/generate.py            writes them
python docs/generate.py --check    exits 1 if one is out of date
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from conformance.card import cards
from conformance.report.catalogue import catalogue
from mock_exchanges.core.fact_table import fact_page

ROOT = Path(__file__).resolve().parent.parent


def pages() -> dict[Path, str]:
    """Return every generated page: its path and what belongs in it."""
    made = {ROOT / "docs/checks.md": catalogue(cards().values())}
    for file in sorted(ROOT.glob("mock_exchanges/*/profile.py")):
        name = file.parent.name
        profiles = import_module(f"mock_exchanges.{name}.profile").PROFILES
        made[ROOT / f"docs/exchanges/facts-{name}.md"] = fact_page(name, profiles)
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    check = parser.parse_args(argv).check
    stale = [
        (path, text)
        for path, text in pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    for path, text in stale:
        if not check:
            path.write_text(text, "utf-8")
        said = "out of date" if check else "written"
        sys.stdout.write(f"{path.relative_to(ROOT)}: {said}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
