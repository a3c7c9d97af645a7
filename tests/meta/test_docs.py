"""The documentation holds: generated pages are fresh, links resolve, commands exist."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conformance.card import Card, cards
from conformance.report.catalogue import catalogue, source_link
from mock_exchanges.cli.arguments import parse
from mock_exchanges.core.fact_table import shown

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/ISSUE_TEMPLATE/*.md")]
)

_FENCE = re.compile(r"^( *)```.*?^\1```[^\n]*$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_PROGRAM = re.compile(r"^```python\n(import .*?)^```$", re.MULTILINE | re.DOTALL)
_STARTS = ("pytest --adapter", "mock-exchanges ")
_STOPS = {"|", "||", "&&", "&", ";", ">", "2>", "<"}


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def on_github(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def on_site(heading: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower())


@cache
def prose(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the anchors of a page that hold on GitHub and on the site alike."""
    headings = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", h) for h in _HEADING.findall(prose(page))]
    plain = [heading.replace("`", "") for heading in headings]
    return frozenset(slug for h in plain if (slug := on_github(h)) == on_site(h))


def targets(page: Path) -> Iterator[str]:
    for inline, reference in _LINK.findall(_INLINE.sub("", prose(page))):
        target = inline or reference
        if not re.match(r"[a-z]+:", target):
            yield target


def broken(page: Path, target: str) -> str | None:
    """Return what is wrong with a relative link, if anything is."""
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.exists():
        return f"{target}: there is no such file"
    if anchor and anchor not in anchors(path):
        return f"{target}: the page has no such anchor"
    return None


def commands(text: str) -> Iterator[str]:
    """Yield the commands of the suite and the mocks that a page shows."""
    blocks = "\n".join(found.group() for found in _FENCE.finditer(text)).replace("\\\n", " ")
    lines = [line.strip().removeprefix("$ ") for line in blocks.splitlines()]
    spans = [" ".join(span.split()) for span in _INLINE.findall(_FENCE.sub("", text))]
    for line in (*lines, *spans):
        for start in _STARTS:
            at = line.find(start)
            if at == 0 or (at > 0 and line[at - 1] in " /"):
                yield line[at:]


def words(command: str) -> list[str]:
    """Return the words of a command, without what the shell or a comment adds."""
    kept: list[str] = []
    for word in shlex.split(command, comments=True):
        if word in _STOPS:
            break
        kept.append(word)
    return kept


@cache
def pytest_options() -> frozenset[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return frozenset(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", done.stdout))


def test_generated_pages_are_fresh() -> None:
    made = runpy.run_path(str(ROOT / "docs/generate.py"))["pages"]()
    stale = [
        short(page) for page, text in made.items()
        if not page.exists() or page.read_text("utf-8") != text
    ]  # fmt: skip
    assert not stale, "run: python docs/generate.py"


def test_every_card_has_its_section() -> None:
    page = catalogue(cards().values())
    assert [f"### {check_id}" in page for check_id in cards()] == [True] * len(cards())


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("docs/contract.md#methods", "[the contract, `methods`](contract.md#methods)"),
        ("ccxt/ccxt#12", "[ccxt/ccxt#12](https://github.com/ccxt/ccxt/issues/12)"),
        ("https://example.org/a", "<https://example.org/a>"),
        ("RFC 6455, section 5.5", "RFC 6455, section 5.5"),
    ],
)
def test_a_source_becomes_a_link(source: str, link: str) -> None:
    assert source_link(source) == link


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ping_every_ms", 20_000, "20 s"),
        ("close_late_ms", (1, 90_000), "1 ms, 90 s"),
        ("earliest_ms", 1_483_228_800_000, "2017-01-01 00:00:00 UTC"),
        ("limit_max", 1000, "`1000`"),
        ("intervals", {"1m": 1, "1h": 2}, "`1m 1h`"),
        ("text", "a|b", "`a\\|b`"),
    ],
)
def test_a_fact_is_shown_for_readers(name: str, value: object, text: str) -> None:
    assert shown(name, value) == text


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_links_resolve(page: Path) -> None:
    found = [said for target in targets(page) if (said := broken(page, target))]
    assert not found


@pytest.mark.parametrize("page", PAGES, ids=short)
def test_commands_use_options_that_exist(page: Path) -> None:
    for command in commands(page.read_text("utf-8")):
        given = words(command)
        if given[0] == "mock-exchanges":
            try:
                parse([word for word in given[1:] if word not in ("…", "...")])
            except SystemExit as end:  # --help, --version
                assert end.code == 0, command
            continue
        options = {word.partition("=")[0] for word in given[1:] if word.startswith("-")}
        assert options <= pytest_options(), command


@pytest.mark.parametrize("card", cards().values(), ids=lambda card: card.id)
def test_sources_in_the_documentation_exist(card: Card) -> None:
    own = [source for source in card.sources if source.startswith("docs/")]
    found = [said for source in own if (said := broken(ROOT / "README.md", source))]
    assert not found


def programs() -> Iterator[Any]:
    """Yield the whole programs that pages show: the blocks that begin with their imports."""
    for page in PAGES:
        for number, program in enumerate(_PROGRAM.findall(page.read_text("utf-8")), 1):
            yield pytest.param(program, id=f"{short(page)}-{number}")


@pytest.mark.parametrize("program", list(programs()))
def test_programs_run(program: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_a_wrong_link_is_noticed() -> None:
    contract = ROOT / "docs/contract.md"
    assert broken(contract, "nowhere.md") == "nowhere.md: there is no such file"
    assert broken(contract, "#nowhere") == "#nowhere: the page has no such anchor"
    assert broken(contract, "checks.md#parse-05") is None


def test_commands_are_found() -> None:
    text = "```console\n$ .venv/bin/pytest --adapter a.B -k X | cat\n```\nor `mock-exchanges serve`"
    assert [words(command) for command in commands(text)] == [
        ["pytest", "--adapter", "a.B", "-k", "X"],
        ["mock-exchanges", "serve"],
    ]
    assert "--conformance-strict" in pytest_options()
    assert "--conformance-stric" not in pytest_options()
