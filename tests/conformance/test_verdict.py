"""Verdicts: what fails a run, and the way of results between processes."""

from __future__ import annotations

import json

import pytest

from conformance.verdict import Outcome, Result, Row, Severity, Verdict


def result(verdict: Verdict, consequence_of: str | None = None) -> Result:
    return Result(
        "PARSE-01", verdict, Severity.MUST, "title", "a:A", "binance", 1,
        consequence_of=consequence_of,
    )  # fmt: skip


GATES = {
    Verdict.PASS: (False, False),
    Verdict.LOOSE: (False, True),
    Verdict.FAIL: (True, True),
    Verdict.INFO: (False, False),
    Verdict.NOT_APPLICABLE: (False, False),
    Verdict.NOT_EXERCISED: (True, True),
    Verdict.HARNESS_ERROR: (True, True),
}


@pytest.mark.parametrize("verdict", Verdict)
def test_what_fails_a_run(verdict: Verdict) -> None:
    assert (result(verdict).gates(), result(verdict).gates(strict=True)) == GATES[verdict]
    # what follows from another check fails the run as well: its root might not be run
    assert result(verdict, "URL-01").gates() == GATES[verdict][0]


def test_a_finding_is_a_defect_of_its_own() -> None:
    found = {verdict for verdict in Verdict if result(verdict).finding}
    assert found == {Verdict.FAIL, Verdict.LOOSE}
    assert not any(result(verdict, "URL-01").finding for verdict in Verdict)


def test_where() -> None:
    made = result(Verdict.PASS)
    assert made.where == "PARSE-01"
    made.interval = "1m"
    assert made.where == "PARSE-01[1m]"


def test_a_result_survives_json() -> None:
    made = result(Verdict.LOOSE, "URL-01")
    made.rows = (Row("open", "1", "2", True),)
    made.wire, made.sources, made.witnessed = ("one",), ("a/b#1",), ("w",)
    again = Result.from_data(json.loads(json.dumps(made.as_data())))
    assert again.as_data() == made.as_data()
    assert again.verdict is Verdict.LOOSE
    assert again.rows[0] == Row("open", "1", "2", True)


def test_an_outcome_says_its_headline() -> None:
    assert str(Outcome(Verdict.FAIL, "the close is wrong")) == "the close is wrong"
