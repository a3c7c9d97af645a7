"""The JSON report: whole or not at all, and honest about what was run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.report import data
from conformance.verdict import Result, Row, Severity, Verdict


def result(check: str, verdict: Verdict, adapter: str = "a:A", exchange: str = "binance") -> Result:
    return Result(
        check, verdict, Severity.MUST, "title", adapter, exchange, 4, "1m",
        headline="headline", rows=(Row("open", "1", "2", True),), consequence_of="URL-01",
        sources=("a/b#1",),
    )  # fmt: skip


RESULTS = [
    result("PARSE-01", Verdict.FAIL),
    result("PARSE-02", Verdict.PASS),
    result("PARSE-01", Verdict.PASS, "b:B", "binance@2025-01-27"),
]


def test_the_document_has_what_is_promised() -> None:
    made = data.document(RESULTS, 1, data.Counts(90, 3, 3))
    assert made["version"] == data.suite_version() != ""
    assert made["verdicts"] == {"fail": 1, "pass": 2}
    assert made["exit_code"] == 1
    head = {key: value for key, value in made["runs"][1].items() if key != "results"}
    assert head == {
        "adapter": "b:B",
        "exchange": "binance",
        "profile": "2025-01-27",
        "seed": 4,
    }
    first = made["runs"][0]["results"][0]
    wanted = ("id", "verdict", "severity", "interval", "headline", "consequence_of", "sources")
    assert [first[key] for key in wanted] == [
        "PARSE-01", "fail", "must", "1m", "headline", "URL-01", ["a/b#1"],
    ]  # fmt: skip
    assert list(made)[-1] == "complete"


@pytest.mark.parametrize(
    ("counts", "complete"),
    [(data.Counts(90, 3, 3), True), (data.Counts(90, 90, 3), False), (data.Counts(90, 0, 0), True)],
)
def test_complete_means_that_all_that_was_selected_was_judged(
    counts: data.Counts, complete: bool
) -> None:
    made = data.document(RESULTS[: counts.judged], 0, counts)
    assert made["complete"] is complete
    assert made["counts"]["planned"] == 90


def test_writing_replaces_the_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text("older")
    data.write(file, RESULTS, 1, data.Counts(3, 3, 3))
    assert json.loads(file.read_text("utf-8")) == data.document(RESULTS, 1, data.Counts(3, 3, 3))
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.json"]


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "r.json"
    file.write_text("older")

    def full(*_: object, **__: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        data.write(file, RESULTS, 1, data.Counts(3, 3, 3))
    monkeypatch.undo()
    assert file.read_text() == "older"
