"""What can be said on the command line, and what is wrong with it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from mock_exchanges.core.nearest import nearest

DISTRIBUTION = "exchange-conformance"
_CHOICE = re.compile(r"invalid choice: '([^']*)'")
COMMANDS = ("list", "explain", "init", "summary", "badge", "known", "fuzz")
_EXAMPLES = """\
examples:
  conformance list --area PARSE           the checks of a family
  conformance explain RECON-01            one check: its rule, grounds, and what depends on it
  conformance init --adapter mypkg:Mine   workflow, known failures and conftest for a project
  conformance summary r.json              a run as Markdown, for $GITHUB_STEP_SUMMARY
  conformance badge r.json                a run as a badge, for shields.io/endpoint
  conformance known r.json                a file of known failures from what a run found
  conformance fuzz --adapter mypkg:Mine   random faults, and the shortest script that does harm

The checks themselves are run by pytest: pytest --adapter mypkg:Mine
r.json is what --conformance-json r.json wrote.
"""


class Misuse(Exception):
    """Something the user can mend; the message says what."""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in a line, with the nearest right word."""

    known: tuple[str, ...] = ()

    def error(self, message: str) -> NoReturn:
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            word = unknown.split()[0].partition("=")[0]
            near = nearest(word, [name for name in self.known if name.startswith(word[:2])])
            hint = f"; did you mean {near}?" if near else ""
            message = f"{word} is not an option here{hint}"
        wrong = _CHOICE.search(message)
        if wrong is not None:
            near = nearest(wrong[1], COMMANDS)
            hint = f"; did you mean {near}?" if near else ""
            message = f"{wrong[1]!r} is no command, expected {', '.join(COMMANDS)}{hint}"
        raise Misuse(f"{message}\nTry: {self.prog} --help")


def parse(argv: Sequence[str] | None = None) -> Callable[[], int]:
    """Read the command line; return what it asks for, to be called.

    Raises Misuse; SystemExit(0) after --help and --version.
    """
    parser = _parser()
    words = list(argv) if argv is not None else None
    parsed, rest = parser.parse_known_args(words)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if parsed.command is None:
        raise Misuse(f"expected a command: {', '.join(COMMANDS)}\nTry: conformance --help")
    return _call(parsed)


def _call(parsed: argparse.Namespace) -> Callable[[], int]:
    if parsed.command in ("list", "explain"):
        from conformance.cli import catalogue

        if parsed.command == "list":
            return partial(catalogue.list_checks, parsed.area, parsed.json)
        return partial(catalogue.explain, parsed.check)
    if parsed.command == "init":
        from conformance.cli.init import init

        return partial(init, parsed.folder, parsed.adapter)
    if parsed.command == "fuzz":
        from conformance.cli.fuzz import Wanted, fuzz

        given = {name: getattr(parsed, name) for name in Wanted.__dataclass_fields__}
        return partial(fuzz, Wanted(**given))
    from conformance.cli import reports

    if parsed.command == "known":
        return partial(reports.known, parsed.report, parsed.output, parsed.days, parsed.today)
    return partial(getattr(reports, parsed.command), parsed.report)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="conformance",
        description="About the checks that pytest --adapter runs, and about its reports.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.known = (
        "--version", "--help", "--area", "--json", "--adapter", "--output", "--days", "--today",
        "--feed", "--exchange", "--seed", "--examples", "--scenario",
    )  # fmt: skip
    parser.add_argument(
        "--version", action="version", version=f"conformance {version(DISTRIBUTION)}"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Sub)
    made = commands.add_parser("list", help="list the checks", allow_abbrev=False)
    made.add_argument("--area", metavar="NAME", help="only this family, such as PARSE")
    made.add_argument("--json", action="store_true", help="as JSON, whole cards")
    made = commands.add_parser("explain", help="explain one check", allow_abbrev=False)
    made.add_argument("check", metavar="ID", help="such as PARSE-01")
    made = commands.add_parser(
        "init", help="begin: workflow, known failures, conftest", allow_abbrev=False
    )
    made.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="FOLDER")
    made.add_argument("--adapter", metavar="PKG.MOD:CLASS", help="the adapter to check")
    for name, told in (
        ("summary", "tell a report as Markdown"),
        ("badge", "tell a report as a badge of shields.io"),
        ("known", "write a file of known failures from a report"),
    ):
        made = commands.add_parser(name, help=told, allow_abbrev=False)
        made.add_argument("report", type=Path, metavar="REPORT.json")
    made.add_argument("--output", type=Path, metavar="FILE", help="write there, not on the screen")
    made.add_argument("--days", type=int, default=90, help="until they expire (default: 90)")
    made.add_argument("--today", metavar="DATE", help="the day to count from (default: today, UTC)")
    _add_fuzz(commands)
    return parser


def _add_fuzz(commands: argparse._SubParsersAction[_Sub]) -> None:
    made = commands.add_parser(
        "fuzz", help="hold random sessions, and shrink one that goes wrong", allow_abbrev=False
    )
    made.add_argument("--adapter", metavar="PKG.NAME", help="the adapter to try")
    made.add_argument("--feed", metavar="PKG.NAME", help="or the feed")
    made.add_argument("--exchange", metavar="NAME[@DATE]", help="the exchange it is for")
    made.add_argument("--seed", type=int, default=1, metavar="N", help="of the sessions")
    made.add_argument("--examples", type=int, default=100, metavar="N", help="so many (100)")
    made.add_argument(
        "--output", type=Path, metavar="FILE",
        help="where to write the scenario that was found (default: conformance-fuzz.toml)",
    )  # fmt: skip
    made.add_argument("--scenario", type=Path, metavar="FILE", help="hold this one session only")


class _Sub(_Parser):
    """A command's own parser."""
