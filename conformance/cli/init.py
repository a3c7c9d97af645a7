"""The first files of a project that is held to the suite."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from conformance.cli.arguments import Misuse
from conformance.cli.reports import KNOWN_HEAD
from conformance.known import FILE

PLACE = "mypkg.adapter:MyAdapter"
_ADAPTER = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*[.:][^\W\d]\w*")

WORKFLOW = """\
# Checks the adapter against mock exchanges: no secret, no network but for the installation.
name: conformance
on: [push, pull_request]
permissions:
  contents: read
jobs:
  adapter:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      # exchange-conformance: from your package index, or as path or URL of a clone
      - run: pip install . exchange-conformance
      - run: >-
          pytest --adapter {adapter}
          --conformance-json conformance.json --junitxml conformance.xml
      - if: always()
        run: conformance summary conformance.json >> "$GITHUB_STEP_SUMMARY"
      - if: always()
        uses: actions/upload-artifact@v4
        with:
          name: conformance
          path: conformance.*
"""
CONFTEST = '''\
"""pytest finds the project's folder by this file, and adapters in it by their dotted path.

    pytest --adapter {adapter}

An adapter whose constructor wants more than ``network_client`` is made by a function here, and
named by it: pytest --adapter conftest:make_adapter

    def make_adapter(network_client):
        return MyAdapter("key", "secret", network_client)
"""
'''


def init(folder: Path, adapter: str | None) -> int:
    """Write what is not there yet, and say what. Raises Misuse for a folder that is none."""
    if adapter is not None and not _ADAPTER.fullmatch(adapter):
        raise Misuse(
            f"--adapter is {adapter!r}, expected a dotted path such as mypkg.MyAdapter or {PLACE}"
        )
    if folder.exists() and not folder.is_dir():
        raise Misuse(f"FOLDER is {str(folder)!r}, which is a file, expected a folder")
    named = adapter or PLACE
    files = {
        ".github/workflows/conformance.yml": WORKFLOW.format(adapter=named),
        FILE: KNOWN_HEAD,
        "conftest.py": CONFTEST.format(adapter=named),
    }
    for name, text in files.items():
        path = folder / name
        if path.exists():
            _say(f"kept   {path} (is there already)")
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            raise Misuse(f"{path}: cannot be written: {error}") from None
        _say(f"wrote  {path}")
    _say("")
    if adapter is None:
        _say(f"next:  write your adapter's path for {PLACE} in these files, then run")
    else:
        _say("next:  run it, from that folder")
    _say(f"       pytest --adapter {named}")
    _say("       accept for a while what you cannot mend today:")
    _say(f"       pytest --adapter {named} --conformance-json r.json")
    _say("       conformance known r.json")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
