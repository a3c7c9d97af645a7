"""The end of a run: counts, table, findings with what follows."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.report.summary import Style, summary
from conformance.report.table import Line, cells, plain, table
from conformance.report.text import kind
from conformance.verdict import Result, Severity, Verdict

BINANCE = [
    "1s",
    "1m",
    "3m",
    "5m",
    "15m",
    "30m",
    "1h",
    "2h",
    "4h",
    "6h",
    "8h",
    "12h",
    "1d",
    "3d",
    "1w",
    "1M",
]


def result(check: str = "PARSE-01", verdict: Verdict = Verdict.FAIL, **changes: object) -> Result:
    made = Result(
        check, verdict, Severity.MUST, "A title", "pkg.mod:Mine", "binance", 1,
        headline="the close is not the exchange's", again="pytest --adapter pkg.mod:Mine",
    )  # fmt: skip
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def told(results: Sequence[Result], style: Style | None = None, *problems: str) -> list[str]:
    return [plain(line) for line in summary(results, style, problems)]


def shown(lines: Sequence[Line]) -> list[str]:
    return [plain(line) for line in lines]


def test_summary_counts_groups_and_tells_what_follows() -> None:
    results = [
        result(interval="1m", virtual_seconds=30.0),
        result(interval="3m", virtual_seconds=7200.0),
        result("GAP-01", consequence_of="PARSE-01"),
        result("HB-01", consequence_of="URL-01"),
        result("INTV-04", Verdict.LOOSE, headline="its own list"),
        result("INTV-03", Verdict.INFO, headline="more are streamed"),
        result("URL-04", Verdict.PASS),
        result("PARSE-02", Verdict.NOT_APPLICABLE, headline="there are none"),
        result("PARSE-01", Verdict.NOT_APPLICABLE, headline="REST only", interval="1m"),
        result("PARSE-01", Verdict.NOT_APPLICABLE, headline="REST only", interval="3m"),
        result("PAY-01", Verdict.NOT_APPLICABLE, headline="REST only"),
    ]
    assert told(results, Style(real_s={"pkg.mod:Mine": 1.25})) == [
        "pkg.mod:Mine on binance (seed 1): 1 pass, 1 loose, 4 fail, 1 info, 4 not-applicable; "
        "2 h 00 min of exchange time in 1.2 s",
        "         - 1m 3m",
        "  INTV   L",
        "  PARSE  n F  F",
        "  HB     f",
        "  GAP    f",
        "  fine: URL, PAY",
        "  F fail  f follows from another  L loose  n not applicable",
        "  FAIL  PARSE-01: the close is not the exchange's [1m, 3m]",
        "        and what follows from it: GAP-01",
        "  LOOSE INTV-04: its own list",
        "  follow from checks that were not run: HB-01 (from URL-01)",
        "  INFO  INTV-03: more are streamed",
        "  N/A   PARSE-02: there are none",
        "  N/A   PARSE-01, PAY-01: REST only",
        "  LOOSE does not fail the run; with --conformance-strict it does",
    ]
    assert "strict" not in told(results, Style(strict=True))[-1]


def test_summary_takes_intervals_for_one_defect_also_where_the_headline_names_them() -> None:
    results = [
        result("INTV-01", headline=f"{name} is streamed but missing", interval=name)
        for name in ("1m", "3m")
    ]
    assert told(results)[-1] == "  FAIL  INTV-01: 1m is streamed but missing [1m, 3m]"
    other = result("INTV-01", headline="11m is streamed but missing", interval="1m")
    assert kind(other) != kind(results[0])


def test_summary_puts_a_fault_of_the_suite_first_and_draws_no_table() -> None:
    results = [result(), result("URL-01", Verdict.HARNESS_ERROR, headline="suite at fault")]
    assert told(results)[1:] == [
        "  HARNESS ERROR in URL-01: not the adapter's fault, and",
        "        no other verdict of this run can be relied on; please report it",
        "  FAIL  PARSE-01: the close is not the exchange's",
    ]


def test_known_failures_are_listed_apart_and_so_is_what_no_longer_holds() -> None:
    results = [
        result(interval="1m", known="the exchange sends cents"),
        result(interval="3m", known="the exchange sends cents"),
        result("URL-01", Verdict.PASS),
    ]
    assert told(results, None, "unexpected pass: URL-01 passes") == [
        "pkg.mod:Mine on binance (seed 1): 1 pass, 2 known; 0 s of exchange time",
        "         1m 3m",
        "  PARSE  k  k",
        "  fine: URL",
        "  k known",
        "  KNOWN PARSE-01[1m], PARSE-01[3m]: the exchange sends cents",
        "  KNOWN unexpected pass: URL-01 passes",
        "        the file of known failures no longer holds, so the run fails",
    ]


def test_a_clean_run_has_no_table_unless_asked() -> None:
    results = [result("URL-01", Verdict.PASS), result(verdict=Verdict.PASS, interval="1m")]
    assert len(told(results)) == 1
    assert shown(table(results, 80, every=True)) == [
        "         - 1m",
        "  URL    .",
        "  PARSE    .",
        "  . pass",
    ]


def test_the_worst_of_a_cell_is_shown() -> None:
    results = [
        result("PARSE-01", Verdict.PASS, interval="1m"),
        result("PARSE-06", Verdict.LOOSE, interval="1m"),
        result("PARSE-07", Verdict.NOT_EXERCISED, interval="1m"),
        result("PARSE-08", consequence_of="PARSE-01", interval="1m"),
    ]
    assert cells(results) == {("PARSE", "1m"): "?"}
    assert cells([*results, result(interval="1m")]) == {("PARSE", "1m"): "F"}


def test_many_intervals_fit_eighty_columns_and_break_where_they_do_not() -> None:
    results = [result(interval=name) for name in reversed(BINANCE)]
    wide = shown(table(results, 80))
    assert wide[0].split() == BINANCE
    assert max(map(len, wide)) <= 80
    assert len(wide) == 3
    narrow = shown(table(results, 40))
    assert max(map(len, narrow)) <= 40
    assert [name for line in narrow[:-1:2] for name in line.split()] == BINANCE
    assert len(shown(table(results, 5))) == 2 * len(BINANCE) + 1
    once = [*results, result("GAP-01", consequence_of="PARSE-01")]
    assert sum(line.startswith("  GAP") for line in shown(table(once, 40))) == 1


def test_lines_are_wrapped_where_a_terminal_is_narrow() -> None:
    results = [result(headline="word " * 30)]
    lines = told(results, Style(width=50, wrap=True))
    assert max(map(len, lines)) <= 50
    assert sum(line.startswith("        word") for line in lines) >= 2
    assert lines[2].startswith(
        "  FAIL  PARSE-01: word"
    ) or "  FAIL  PARSE-01: word word" in "".join(lines)
    coloured = [part for line in summary(results) for part in line if part[1]]
    assert coloured == [("FAIL", "red")]
