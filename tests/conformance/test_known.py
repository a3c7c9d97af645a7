"""Known failures: accepted for a while, told each time, and held to what they say."""

from __future__ import annotations

import json
import shlex
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.detect import hosts
from conformance.known import BadKnown, Known, Planned, load
from conformance.registry import checks
from conformance.verdict import Result, Severity, Verdict

pytest_plugins = ["pytester"]

# once, as runs in this process forget the modules that they were first to import
list(checks())
for _name in (
    "conformance.session",
    "conformance.items",
    "conformance.report.data",
    "conformance.report.summary",
    "trustme",
    "reference_adapters",
):
    import_module(_name)
hosts()

TODAY = date(2026, 3, 1)
ENTRY = {
    "check": "PARSE-01",
    "where": "binance:1m",
    "expect": "fail",
    "reason": "cents",
    "expires": "2026-06-01",
}


def written(*entries: dict[str, Any]) -> str:
    lines = []
    for entry in entries:
        lines.append("[[known]]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in entry.items()]
    return "\n".join(lines)


def known(tmp_path: Path, *changes: dict[str, Any], exchanges: tuple[str, ...] = ()) -> Known:
    file = tmp_path / "conformance-known.toml"
    file.write_text(written(*({**ENTRY, **change} for change in changes)), "utf-8")
    return load(file, TODAY, exchanges)


def result(
    check: str = "PARSE-01",
    verdict: Verdict = Verdict.FAIL,
    interval: str | None = "1m",
    exchange: str = "binance",
    **more: Any,
) -> Result:
    return Result(check, verdict, Severity.MUST, "T", "a:A", exchange, 1, interval, **more)


def plan(*results: Result) -> list[Planned]:
    return [(r.adapter, r.exchange, r.id, r.interval) for r in results]


@pytest.mark.parametrize(
    ("where", "covered"),
    [
        ("binance:1m", {"1m"}),
        ("binance", {"1m", "15m", "1h", None}),
        ("*", {"1m", "15m", "1h", None}),
        ("binance:*", {"1m", "15m", "1h"}),
        ("binance:*m", {"1m", "15m"}),
        ("*:1?", {"1m", "1h"}),
        ("binance@2025-01-27:1m", {"1m"}),
        ("okx", set()),
        ("okx:*", set()),
    ],
)
def test_where_is_exchange_and_interval_with_globs(
    tmp_path: Path, where: str, covered: set[str | None]
) -> None:
    [entry] = known(tmp_path, {"where": where}).entries
    places = ["1m", "15m", "1h", None]
    assert {p for p in places if entry.covers("binance@2025-01-27", p)} == covered


def test_an_exchange_may_be_one_of_the_runs_own(tmp_path: Path) -> None:
    own = "mine.mock:create"
    [entry] = known(tmp_path, {"where": f"{own}:1m"}, exchanges=(own,)).entries
    assert entry.covers(own, "1m")
    assert not entry.covers(own, "3m")


@pytest.mark.parametrize(
    ("expect", "verdict", "accepted"),
    [
        ("fail", Verdict.FAIL, True),
        ("loose", Verdict.LOOSE, True),
        ("not-exercised", Verdict.NOT_EXERCISED, True),
        ("fail", Verdict.LOOSE, False),
        ("loose", Verdict.FAIL, False),
        ("fail", Verdict.HARNESS_ERROR, False),
        ("fail", Verdict.PASS, False),
    ],
)
def test_only_what_is_expected_is_accepted(
    tmp_path: Path, expect: str, verdict: Verdict, accepted: bool
) -> None:
    made = known(tmp_path, {"expect": expect}).apply(result(verdict=verdict))
    assert (made.known == "cents") is accepted
    assert made.gates(strict=True) is (not accepted and verdict is not Verdict.PASS)
    assert made.finding is (not accepted and verdict in (Verdict.FAIL, Verdict.LOOSE))


def test_what_follows_from_a_known_failure_is_known(tmp_path: Path) -> None:
    book = known(tmp_path, {})
    follower = result("GAP-01", interval=None, consequence_of="PARSE-01")
    assert book.apply(follower).known == "follows from PARSE-01, which is known: cents"
    assert book.apply(result("GAP-01", consequence_of="PAY-01")).known is None
    elsewhere = result("GAP-01", exchange="okx", consequence_of="PARSE-01")
    assert book.apply(elsewhere).known is None


def test_an_expired_entry_protects_no_more(tmp_path: Path) -> None:
    book = known(tmp_path, {"expires": "2026-02-28"}, {"check": "PAY-01", "expires": "2026-03-01"})
    first, second = result(), result("PAY-01")
    assert book.apply(first).known is None
    assert book.apply(second).known == "cents"
    assert book.problems([first, second], plan(first, second)) == [
        "expired: PARSE-01 where 'binance:1m' (entry 1) was accepted until 2026-02-28; "
        "mend it, or give it a new date with a reason"
    ]


PROBLEMS: dict[str, tuple[dict[str, Any], list[Result], list[str]]] = {
    # name -> entry, results, what is said
    "holds": ({}, [result()], []),
    "passes": (
        {},
        [result(verdict=Verdict.PASS)],
        ["unexpected pass: PARSE-01[1m] passes, but PARSE-01 where 'binance:1m' (entry 1) "
         "expects fail; take the entry out"],
    ),
    "passes in part": (
        {"where": "binance:*"},
        [result(), result(verdict=Verdict.PASS, interval="3m")],
        ["unexpected pass: PARSE-01[3m] passes, but PARSE-01 where 'binance:*' (entry 1) "
         "expects fail; narrow the entry"],
    ),
    "does not apply": (
        {},
        [result(verdict=Verdict.NOT_APPLICABLE)],
        ["unmatched: PARSE-01 where 'binance:1m' (entry 1) expects fail, but is not-applicable "
         "here; take the entry out"],
    ),
    "no such interval": (
        {"where": "binance:1min"},
        [result()],
        ["unmatched: PARSE-01 where 'binance:1min' (entry 1) names no place where this check is "
         "run; the nearest is 'binance:1m'"],
    ),
    "another exchange": ({"where": "okx:1m"}, [result(verdict=Verdict.PASS)], []),
    "fails otherwise": ({"expect": "not-exercised"}, [result()], []),
}  # fmt: skip


@pytest.mark.parametrize("name", PROBLEMS)
def test_an_entry_that_no_longer_holds_is_told(tmp_path: Path, name: str) -> None:
    entry, results, said = PROBLEMS[name]
    assert known(tmp_path, entry).problems(results, plan(*results)) == said


def test_checks_that_were_not_run_say_nothing_about_entries(tmp_path: Path) -> None:
    book = known(tmp_path, {"where": "binance:*"}, {"check": "PAY-01", "expires": "2020-01-01"})
    there = [result(), result(interval="3m"), result("PAY-01")]
    idle = result(verdict=Verdict.NOT_APPLICABLE)
    assert book.problems([], plan(*there)) == []
    assert book.problems([idle], plan(*there)) == []


def test_of_several_adapters_one_may_fail(tmp_path: Path) -> None:
    other = result(verdict=Verdict.PASS)
    other.adapter = "b:B"
    assert known(tmp_path, {}).problems([result(), other], plan(result(), other)) == []
    assert len(known(tmp_path, {}).problems([other], plan(other))) == 1


def test_one_file_serves_several_exchanges(tmp_path: Path) -> None:
    book = known(tmp_path, {"where": "binance:1m"}, {"where": "okx:1m"})
    results = [result(), result(exchange="okx", verdict=Verdict.PASS)]
    [line] = book.problems(results, plan(*results))
    assert line.startswith("unexpected pass: PARSE-01[1m] passes, but PARSE-01 where 'okx:1m'")


WRONG = {
    "[[known]]\nchek = 1": "entry 1: the key 'chek' is not known, expected check, where, expect, "
    "reason, expires, link; the nearest is 'check'",
    "[[known]]\ncheck = 'URL-01'": "entry 1: has no 'where', expected check, where, expect, reason",
    "[[knwn]]\n": "has 'knwn', expected [[known]] entries only",
    "known = 3": "known is no list of tables, expected [[known]] entries",
    "[[known": "is no TOML: ",
    written(ENTRY, {**ENTRY, "check": "PARSE-1"}): "entry 2: check is 'PARSE-1', expected the id "
    "of a check; the nearest is 'PARSE-",
    written({**ENTRY, "expect": "lose"}): "entry 1: expect is 'lose', expected fail, loose, "
    "not-exercised; the nearest is 'loose'",
    written({**ENTRY, "where": "binanc:1m"}): "entry 1: where is 'binanc:1m', expected EXCHANGE or "
    "EXCHANGE:INTERVAL, globs allowed; the nearest is 'binance'",
    written({**ENTRY, "reason": " "}): "entry 1: reason is empty, expected why",
    written({**ENTRY, "reason": 3}): "entry 1: reason is 3, expected text",
    written({**ENTRY, "expires": "soon"}): "entry 1: expires is 'soon', expected a date such as",
    written(ENTRY, ENTRY): "entry 2: is about PARSE-01 where 'binance:1m', as entry 1; expected "
    "one of them",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_bad_entry_is_named_with_what_was_expected(tmp_path: Path, text: str) -> None:
    file = tmp_path / "k.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadKnown) as caught:
        load(file, TODAY)
    assert str(caught.value).startswith(f"{file}: ")
    assert WRONG[text] in str(caught.value)


ADAPTER = '''
    from reference_adapters import BinanceAdapter

    class Swaps(BinanceAdapter):
        """High and close swapped, for two intervals."""

        def parse_ws_message(self, data):
            k = data.get("k")
            if isinstance(k, dict) and k.get("i") in ("1m", "3m"):
                data = {**data, "k": {**k, "h": k.get("c"), "c": k.get("h")}}
            return super().parse_ws_message(data)
'''
QUIET = ("-p", "no:asyncio", "-p", "no:benchmark", "-p", "no:hypothesispytest")
TWO = ({**ENTRY, "link": "https://example.com/1"}, {**ENTRY, "where": "*:3m"})


def run(pytester: pytest.Pytester, *entries: dict[str, Any], more: str = "") -> pytest.RunResult:
    pytester.makepyfile(local=ADAPTER)
    if entries:
        Path("conformance-known.toml").write_text(written(*entries), "utf-8")
    line = f"--adapter local:Swaps --conformance-today 2026-03-01 {more}"
    return pytester.runpytest_inprocess(*QUIET, *shlex.split(line))


def said(result: pytest.RunResult) -> list[str]:
    return [line.strip() for line in result.outlines]


@pytest.mark.parametrize("more", ["", "-n 2", "--conformance-strict"])
def test_a_known_failure_does_not_fail_the_run(pytester: pytest.Pytester, more: str) -> None:
    made = run(
        pytester, *TWO, more=f"{more} -k PARSE-01 --conformance-json r.json --junitxml j.xml"
    )
    assert made.ret == 0
    assert made.parseoutcomes()["known"] == 2
    assert "known failures: 2 in conformance-known.toml" in said(made)
    assert "KNOWN PARSE-01[1m], PARSE-01[3m]: cents" in said(made)
    told = json.loads(Path("r.json").read_text("utf-8"))
    assert told["known"] == {"file": "conformance-known.toml", "problems": []}
    assert {r["interval"] for r in told["runs"][0]["results"] if r["known"]} == {"1m", "3m"}
    cases = {case.get("name"): case for case in ElementTree.parse("j.xml").iter("testcase")}
    skipped = cases["PARSE-01[1m]"].find("skipped")
    assert skipped is not None
    assert "known: cents" in str(skipped.get("message"))


def test_with_k_and_without_it(pytester: pytest.Pytester) -> None:
    entries = [*TWO, {**ENTRY, "check": "URL-01", "where": "binance"}]
    assert run(pytester, *entries, more="-k PARSE-01").ret == 0
    whole = run(pytester, more="-k 'PARSE-01 or URL-01'")
    assert whole.ret == 1
    assert (
        "KNOWN unexpected pass: URL-01 passes, but URL-01 where 'binance' (entry 3) expects fail; "
        "take the entry out"
    ) in said(whole)


@pytest.mark.parametrize("more", ["", "-n 2"])
@pytest.mark.parametrize(
    ("change", "line", "failed"),
    [
        ({"where": "binance:5m"}, "KNOWN unexpected pass: PARSE-01[5m] passes", 1),
        ({"where": "binance:9m"}, "KNOWN unmatched: PARSE-01 where 'binance:9m'", 1),
        ({"expires": "2026-02-28"}, "KNOWN expired: PARSE-01 where 'binance:1m' (entry 2)", 1),
    ],
)
def test_an_entry_that_no_longer_holds_fails_the_run(
    pytester: pytest.Pytester, change: dict[str, Any], line: str, failed: int, more: str
) -> None:
    made = run(pytester, TWO[1], {**ENTRY, **change}, more=f"-k PARSE-01 {more}")
    assert made.ret == 1
    assert made.parseoutcomes()["failed"] == failed
    assert len([one for one in said(made) if one.startswith(line)]) == 1


def test_unmatched_alone_fails_the_run_too(pytester: pytest.Pytester) -> None:
    made = run(pytester, *TWO, {**ENTRY, "where": "binance:9m"}, more="-k PARSE-01")
    assert (made.ret, made.parseoutcomes().get("failed")) == (1, None)


def test_runxfail_judges_as_if_nothing_were_known(pytester: pytest.Pytester) -> None:
    made = run(pytester, *TWO, more="-k PARSE-01 --runxfail")
    assert (made.ret, made.parseoutcomes()["failed"]) == (1, 2)


def test_the_file_may_lie_elsewhere(pytester: pytest.Pytester) -> None:
    Path("mine.toml").write_text(written(*TWO), "utf-8")
    assert run(pytester, more="-k PARSE-01 --conformance-known mine.toml").ret == 0
    missing = run(pytester, more="--conformance-known none.toml")
    assert missing.ret == 4
    assert "none.toml: cannot be read" in "\n".join(missing.errlines)


@pytest.mark.parametrize(
    ("entry", "more", "line"),
    [
        ({**ENTRY, "expect": "pass"}, "", "conformance-known.toml: entry 1: expect is 'pass'"),
        (ENTRY, "--conformance-today soon", "--conformance-today is 'soon', expected a date"),
        (ENTRY, "--conformance-knwn x", "did you mean --conformance-known?"),
    ],
)
def test_wrong_use_is_exit_4(
    pytester: pytest.Pytester, entry: dict[str, Any], more: str, line: str
) -> None:
    made = run(pytester, entry, more=more)
    assert made.ret == 4
    assert line in "\n".join(made.errlines)
    assert "Traceback" not in "\n".join(made.errlines)
