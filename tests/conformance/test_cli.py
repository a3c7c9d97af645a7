"""The command `conformance`: the catalogue, the first files, and what is made of a report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.card import cards
from conformance.cli import main
from conformance.cli.arguments import COMMANDS
from conformance.cli.catalogue import card_lines
from conformance.cli.init import PLACE
from conformance.cli.reports import known_text
from conformance.known import load
from conformance.report import data
from conformance.report.markdown import badge, markdown
from conformance.report.reading import read
from conformance.verdict import Result, Severity, Verdict


def result(
    check: str = "PARSE-01",
    verdict: Verdict = Verdict.PASS,
    interval: str | None = None,
    **more: Any,
) -> Result:
    return Result(
        check, verdict, Severity.MUST, "A title", "pkg.mod:Mine", "binance", 1, interval,
        again="pytest --adapter pkg.mod:Mine", **{"headline": "it is *wrong*", **more},
    )  # fmt: skip


MIXED = [
    result("URL-01"),
    result("PARSE-01", Verdict.FAIL, "1m"),
    result("PARSE-01", Verdict.FAIL, "3m"),
    result("PARSE-01", Verdict.PASS, "1h"),
    result("GAP-01", Verdict.FAIL, consequence_of="PARSE-01"),
    result("INTV-04", Verdict.LOOSE, headline="its own list"),
    result("PARSE-06", Verdict.NOT_EXERCISED, headline="nothing came"),
]


def report(
    tmp_path: Path, results: list[Result], exit_code: int = 1, *, selected: int | None = None,
    problems: tuple[str, ...] = (),
) -> Path:  # fmt: skip
    file = tmp_path / "r.json"
    counts = data.Counts(99, len(results) if selected is None else selected, len(results))
    data.write(file, results, exit_code, counts, data.KnownFile("k.toml", problems))
    return file


def test_list_has_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(cards())
    assert main(["list", "--area", "rest", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {card["area"] for card in told} == {"REST"}
    assert {"id", "severity", "title", "per"} <= set(told[0])


def test_explain_tells_the_whole_card_and_its_neighbours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["explain", "parse-01"]) == 0
    text = capsys.readouterr().out
    card = cards()["PARSE-01"]
    words = " ".join(text.split())
    assert " ".join(card.rule.split()) in words
    assert f"{card.defect} in tests/gallery" in words
    assert "https://github.com/" in text
    followers = [other.id for other in cards().values() if card.id in other.depends]
    assert followers
    assert f"followed by: - {', '.join(followers)}" in words


@pytest.mark.parametrize("width", [60, 100])
def test_every_card_can_be_explained_in_its_width(width: int) -> None:
    for card in cards().values():
        for line in card_lines(card, width):
            assert (
                len(line) <= width or " " not in line.strip().removeprefix("- ") or "run it" in line
            )


WRONG = {
    "": "expected a command: list, explain, init, summary, badge, known, fuzz",
    "lst": "'lst' is no command, expected list, explain, init, summary, badge, known, fuzz; "
    "did you mean list?",
    "explain PRSE-01": "there is no check 'PRSE-01'; did you mean PARSE-01?",
    "list --area PRSE": "--area is 'PRSE', expected one of LOAD, URL, ",
    "list --are REST": "--are is not an option here; did you mean --area?",
    "explain": "the following arguments are required: ID",
    "summary none.json": "none.json: cannot be read: ",
    "init --adapter mine.py/x": "--adapter is 'mine.py/x', expected a dotted path such as",
    "known r.json --today soon": "--today is 'soon', expected a date such as 2027-01-31",
    "known r.json --days 0": "--days is 0, expected 1 or more",
    "known r.json --output r.json": "--output r.json: is there already, and is not overwritten",
    "badge text.json": "text.json: is no JSON",
    "badge other.json": "other.json: is no report, expected what --conformance-json wrote",
    "badge newer.json": "newer.json: format is 2, expected 1",
    "badge half.json": "half.json: KeyError: 'runs', expected a report of this version",
    "known broken.json": "broken.json: is of a run with a harness error, of which no ",
}


@pytest.mark.parametrize("line", WRONG)
def test_wrong_use_is_exit_4_and_a_line(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    report(tmp_path, [result("URL-01", Verdict.HARNESS_ERROR)]).rename("broken.json")
    report(tmp_path, MIXED)
    Path("text.json").write_text("no")
    Path("other.json").write_text("{}")
    Path("newer.json").write_text('{"suite": "exchange-conformance", "format": 2}')
    Path("half.json").write_text('{"suite": "exchange-conformance", "format": 1}')
    assert main(line.split()) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"conformance: {WRONG[line]}")
    assert len(said.err.splitlines()) <= 2


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert all(f"conformance {name}" in text for name in COMMANDS)


def test_a_summary_as_markdown(tmp_path: Path) -> None:
    text = markdown(read(report(tmp_path, MIXED, problems=("expired: PAY-01",))))
    assert text.splitlines()[:16] == [
        "## Conformance: ❌ findings",
        "",
        "### `pkg.mod:Mine` on binance",
        "",
        "2 pass, 1 loose, 3 fail, 1 not-exercised; 0 s of exchange time.",
        "",
        "| | - | 1m | 3m | 1h |",
        "|---|:-:|:-:|:-:|:-:|",
        "| URL | ✅ |  |  |  |",
        "| INTV | ⚠️ |  |  |  |",
        "| PARSE | ❔ | ❌ | ❌ | ✅ |",
        "| GAP | ↳ |  |  |  |",
        "",
        "❌ fail &nbsp; ❔ not exercised &nbsp; ↳ follows from another &nbsp; ⚠️ loose &nbsp; "
        "✅ pass",
        "",
        "- **FAIL PARSE-01** A title (1m, 3m)  ",
    ]
    assert "  it is \\*wrong\\*\n  and what follows from it: GAP-01\n" in text
    assert "### Known failures that no longer hold\n\n- expired: PAY-01\n" in text


def test_a_run_that_does_not_count_says_so(tmp_path: Path) -> None:
    broken = [result("URL-01", Verdict.HARNESS_ERROR, headline="of the suite")]
    text = markdown(read(report(tmp_path, broken, 3)))
    assert "no verdict of this run counts" in text
    assert "- **HARNESS ERROR URL-01**: of the suite" in text
    cut = markdown(read(report(tmp_path, MIXED, 2, selected=90)))
    assert "**Not complete: 7 of 90 checks were judged.**" in cut


BADGES: dict[str, tuple[list[Result], dict[str, Any], str, str]] = {
    "clean": ([result()], {"exit_code": 0}, "passing", "brightgreen"),
    "findings": (MIXED, {}, "2 findings", "red"),
    "one": ([result(verdict=Verdict.FAIL)], {}, "1 finding", "red"),
    "loose": (
        [result(), result("INTV-04", Verdict.LOOSE)], {"exit_code": 0}, "passing, 1 loose",
        "yellow",
    ),
    "loose, strict": ([result("INTV-04", Verdict.LOOSE)], {}, "1 loose", "red"),
    "known": (
        [result(verdict=Verdict.FAIL, known="so")], {"exit_code": 0}, "passing, 1 known", "yellow",
    ),
    "known no more": ([result()], {"problems": ("unexpected pass",)}, "1 finding", "red"),
    "cut": ([result()], {"exit_code": 2, "selected": 9}, "incomplete", "lightgrey"),
    "broken": (
        [*MIXED, result("PAY-01", Verdict.HARNESS_ERROR)], {"exit_code": 3}, "harness error",
        "lightgrey",
    ),
    "nothing": ([], {"exit_code": 5}, "incomplete", "lightgrey"),
}  # fmt: skip


@pytest.mark.parametrize("name", BADGES)
def test_a_badge_tells_the_run(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results, options, message, colour = BADGES[name]
    file = report(tmp_path, results, **options)
    assert main(["badge", str(file)]) == 0
    assert json.loads(capsys.readouterr().out) == badge(read(file)) == {
        "schemaVersion": 1, "label": "conformance", "message": message, "color": colour,
    }  # fmt: skip


def test_known_writes_what_a_run_found_and_wants_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, target = report(tmp_path, [*reversed(MIXED)]), tmp_path / "conformance-known.toml"
    line = ["known", str(file), "--today", "2026-03-01", "--output", str(target)]
    assert main(line) == 0
    assert "give each entry its reason" in capsys.readouterr().out
    text = target.read_text("utf-8")
    entries = tomllib.loads(text)["known"]
    assert [(e["check"], e["where"], e["expect"]) for e in entries] == [
        ("INTV-04", "binance", "loose"),
        ("PARSE-01", "binance:1m", "fail"),
        ("PARSE-01", "binance:3m", "fail"),
        ("PARSE-06", "binance", "not-exercised"),
    ]
    assert {e["expires"] for e in entries} == {date(2026, 5, 30)}
    target.write_text(text.replace('reason = ""', 'reason = "later"'), "utf-8")
    book = load(target, date(2026, 3, 1))
    assert all(book.apply(r).known for r in MIXED if r.verdict is not Verdict.PASS)


def test_known_takes_all_intervals_together_where_all_fail() -> None:
    failures = [result("PARSE-01", Verdict.FAIL, name) for name in ("1m", "3m")]
    [entry] = tomllib.loads(known_text(failures, date(2026, 3, 1)))["known"]
    assert entry["where"] == "binance:*"
    [entry] = tomllib.loads(known_text(failures[:1], date(2026, 3, 1)))["known"]
    assert entry["where"] == "binance:1m"


def test_known_keeps_the_reasons_that_there_are() -> None:
    text = known_text([result(verdict=Verdict.FAIL, known='it "is" so')], date(2026, 3, 1))
    assert tomllib.loads(text)["known"][0]["reason"] == 'it "is" so'


ADAPTER = (
    "from reference_adapters import BinanceAdapter\n\n\nclass Mine(BinanceAdapter):\n    pass\n"
)


def test_init_writes_a_project_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "shop" / "mypkg"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "adapter.py").write_text(ADAPTER)
    folder = package.parent
    assert main(["init", str(folder), "--adapter", "mypkg.adapter:Mine"]) == 0
    said = capsys.readouterr().out
    assert said.count("wrote  ") == 3
    assert "pytest --adapter mypkg.adapter:Mine" in said
    workflow = yaml.safe_load((folder / ".github/workflows/conformance.yml").read_text("utf-8"))
    steps = [step.get("run", "") for step in workflow["jobs"]["adapter"]["steps"]]
    assert any(step.startswith("pytest --adapter mypkg.adapter:Mine ") for step in steps)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--adapter", "mypkg.adapter:Mine", "-k", "LOAD or URL-01"],
        cwd=folder, env=os.environ, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "known failures: 0 in conformance-known.toml" in done.stdout
    assert "2 passed" in done.stdout


def test_init_keeps_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "conftest.py").write_text("mine = True\n")
    assert main(["init", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"kept   {tmp_path / 'conftest.py'} (is there already)" in said
    assert f"write your adapter's path for {PLACE}" in said
    assert (tmp_path / "conftest.py").read_text() == "mine = True\n"
    assert main(["init", str(tmp_path)]) == 0
    assert "wrote" not in capsys.readouterr().out
