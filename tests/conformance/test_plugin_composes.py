"""The suite under pytest's own options: what is chosen, repeated, spread, stopped and written."""

from __future__ import annotations

import json
import shlex
import textwrap
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from conformance.detect import hosts
from conformance.registry import checks
from conformance.report.text import oneliner
from conformance.verdict import Result, Severity, Verdict

pytest_plugins = ["pytester"]

# once, as runs in this process forget the modules that they were first to import
list(checks())
for _name in (
    "conformance.session",
    "conformance.items",
    "conformance.report.data",
    "trustme",
    "reference_adapters",
):
    import_module(_name)
hosts()

REFERENCE = "reference_adapters.BinanceAdapter"
JSON = "--conformance-json r.json"
QUIET = ("-p", "no:asyncio", "-p", "no:benchmark", "-p", "no:hypothesispytest")

ADAPTERS = '''
    from reference_adapters import BinanceAdapter

    class SwapsOnOneMinute(BinanceAdapter):
        """High and close swapped, for one interval only."""

        def parse_ws_message(self, data):
            k = data.get("k")
            if isinstance(k, dict) and k.get("i") in ("1m", "3m"):
                data = {**data, "k": {**k, "h": k.get("c"), "c": k.get("h")}}
            return super().parse_ws_message(data)

    class KeepsItsList(BinanceAdapter):
        """Two intervals, and a list that the caller can damage."""

        streamed = ["1m", "1h"]

        def get_ws_supported_intervals(self):
            return self.streamed

        def get_trading_pair_format(self, pair):
            type(self).streamed = ["1m", "1h"]
            return super().get_trading_pair_format(pair)
'''
# breaks a check: by raising where only the suite can be at fault, or by ctrl-C
BREAKS = """
    import pytest
    from conformance import registry

    async def broken(case):
        case.witness("began")
        raise {error}

    @pytest.hookimpl(trylast=True)
    def pytest_configure(config):
        found = registry.get("URL-02")
        config.broken = found
        registry._CHECKS["URL-02"] = registry.Check(found.card, broken)

    def pytest_unconfigure(config):
        registry._CHECKS["URL-02"] = config.broken
"""


@pytest.fixture(autouse=True)
def adapters(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(local=ADAPTERS)


def run(pytester: pytest.Pytester, line: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*QUIET, *shlex.split(line))


def report(name: str = "r.json") -> Any:
    return json.loads(Path(name).read_text("utf-8"))


def words(result: pytest.RunResult) -> dict[str, str]:
    """Return check -> verdict word of a verbose run."""
    found = {}
    for line in result.outlines:
        left, separator, right = line.partition("::")
        if separator and "%]" in right and " " not in left:
            name, _, word = right.partition(" ")
            found[name] = word.rpartition("[")[0].strip()
    return found


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ("PARSE-05", {"PARSE-05"}),
        ("PAY-01 and 15m", {"PAY-01[15m]"}),
        ("INTV-01[12h]", {"INTV-01[12h]"}),
        ("PAY-0 and not 1 and not PAY-02", {"PAY-03", "PAY-04", "PAY-05"}),
    ],
)
def test_k_chooses(pytester: pytest.Pytester, chosen: str, ids: set[str]) -> None:
    result = run(pytester, f"--adapter {REFERENCE} -v -k {shlex.quote(chosen)}")
    assert set(words(result)) == ids
    assert set(words(result).values()) == {"PASSED"}
    assert result.ret == 0


def test_each_verdict_has_its_word(pytester: pytest.Pytester) -> None:
    """Also the counts at the end, and the exit code with and without --conformance-strict."""
    chosen = "-k 'INTV-03 or INTV-04 or PARSE-02 or LOAD-A1'"
    line = f"--adapter local.KeepsItsList {chosen}"
    result = run(pytester, f"{line} -v")
    found = words(result)
    assert found.pop("PARSE-02").startswith("N/A")
    assert found == {"LOAD-A1": "PASSED", "INTV-03": "INFO", "INTV-04": "LOOSE"}
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*1 pass, 1 loose, 1 info, 1 not-applicable;*",
            "  LOOSE INTV-04: get_ws_supported_intervals hands out its own list",
            "  INFO  INTV-03: the exchange also streams *",
            "  LOOSE does not fail the run; with --conformance-strict it does",
        ]
    )
    strict = run(pytester, f"{line} -v --conformance-strict")
    assert strict.ret == 1
    assert words(strict)["INTV-04"] == "FAILED"
    strict.stdout.fnmatch_lines(["FAILED local.KeepsItsList::INTV-04 - get_ws_supported*"])


def test_a_finding_is_told_once_in_full_and_followers_in_short(pytester: pytest.Pytester) -> None:
    chosen = "-k 'PARSE-01 or PARSE-06'"
    result = run(pytester, f"--adapter local.SwapsOnOneMinute {chosen}")
    text = "\n".join(result.outlines)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "PARSE-01[[]1m] *",
            "  high * ← wrong",
            "  as PARSE-01[[]1m] above (in full: -v)",
            "  again     pytest --adapter local.SwapsOnOneMinute -k 'PARSE-01[[]3m]'",
        ]
    )
    assert text.count("← wrong") == 2
    summary = [line for line in result.outlines if line.startswith("FAILED")]
    assert len(summary) == 1
    assert summary[0].startswith("FAILED local.SwapsOnOneMinute::PARSE-01[1m] - update frame")
    assert result.parseoutcomes()["failed"] == 2
    every = run(pytester, f"--adapter local.SwapsOnOneMinute {chosen} -rf")
    assert len([line for line in every.outlines if line.startswith("FAILED")]) == 2
    verbose = run(pytester, f"--adapter local.SwapsOnOneMinute {chosen} -v")
    assert "\n".join(verbose.outlines).count("← wrong") == 4


def test_the_line_to_run_it_again_does(pytester: pytest.Pytester) -> None:
    line = "--adapter local.SwapsOnOneMinute --exchange binance@2025-01-27 --conformance-seed 7"
    first = run(pytester, f"{line} -k 'PARSE-01 and 3m'")
    again = next(x for x in first.outlines if x.startswith("  again")).split(maxsplit=2)[2]
    second = run(pytester, again)
    told = [[x for x in r.outlines if x.startswith(("  ", "PARSE"))] for r in (first, second)]
    assert told[0] == told[1]
    assert second.parseoutcomes()["failed"] == 1


def test_lf_runs_what_failed(pytester: pytest.Pytester) -> None:
    line = "--adapter local.SwapsOnOneMinute -k PARSE-01"
    assert run(pytester, line).parseoutcomes()["failed"] == 2
    second = run(pytester, f"{line} --lf -v")
    assert set(words(second)) == {"PARSE-01[1m]", "PARSE-01[3m]"}


def test_x_stops_and_the_report_says_so(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        "--adapter local.SwapsOnOneMinute -x -k PARSE-01 --conformance-json r.json",
    )
    assert result.ret == 1
    told = report()
    assert [r["id"] for r in told["runs"][0]["results"]] == ["PARSE-01"] * 2
    assert (
        told["counts"] == {"planned": 90, "selected": 16, "judged": 2}
        or told["counts"]["judged"] == 2 < told["counts"]["selected"] < told["counts"]["planned"]
    )
    assert told["complete"] is False
    assert list(told)[-1] == "complete"


def test_the_report_is_whole_after_a_run_to_the_end(pytester: pytest.Pytester) -> None:
    Path("r.json").write_text("of an older run")
    result = run(
        pytester,
        f"--adapter {REFERENCE} -k 'URL-01 or URL-02 or INTV-03' --conformance-json r.json",
    )
    told = report()
    assert told["complete"] is True
    assert told["exit_code"] == result.ret == 0
    assert told["counts"]["judged"] == told["counts"]["selected"] == 3
    assert told["verdicts"] == {"pass": 3}
    assert not Path("r.json.part").exists()


def test_collect_only_lists_and_writes_nothing(pytester: pytest.Pytester) -> None:
    Path("r.json").write_text("of an older run")
    result = run(
        pytester, f"--adapter {REFERENCE} --collect-only -k LOAD --conformance-json r.json"
    )
    result.stdout.fnmatch_lines([f"<AdapterNode {REFERENCE}>", "  <CheckItem LOAD-A1>"])
    assert Path("r.json").read_text() == "of an older run"


def test_a_fault_of_the_suite_is_no_verdict_on_the_adapter(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(breaks=BREAKS.format(error="ZeroDivisionError('of the suite')"))
    pytester.syspathinsert()
    result = run(
        pytester,
        f"-p breaks --adapter {REFERENCE} -k 'URL-01 or URL-02' -v --conformance-json r.json",
    )
    assert result.ret == 3
    assert words(result)["URL-02"] == "HARNESS ERROR"
    result.stdout.fnmatch_lines(
        [
            "  the suite or the mock is at fault: ZeroDivisionError: of the suite",
            "  (not the adapter's fault: *",
        ]
    )
    told = report()
    assert (told["exit_code"], told["verdicts"]) == (3, {"harness-error": 1, "pass": 1})


def test_ctrl_c_in_a_check_ends_the_run_and_the_report_says_so(pytester: pytest.Pytester) -> None:
    breaks = BREAKS.replace("raise {error}", "signal.raise_signal(signal.SIGINT)")
    pytester.makepyfile(breaks=f"import signal\n{textwrap.dedent(breaks)}")
    pytester.syspathinsert()
    line = f"-p breaks --adapter {REFERENCE} -k URL --conformance-json r.json"
    result = pytester.runpytest_inprocess(*QUIET, *shlex.split(line), no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    told = report()
    assert told["exit_code"] == 2
    assert told["counts"]["judged"] == 1
    assert told["complete"] is False


def test_xdist_gives_the_same_verdicts_and_one_report(pytester: pytest.Pytester) -> None:
    line = "--adapter local.SwapsOnOneMinute -k 'PARSE or URL' --conformance-json"
    alone = run(pytester, f"{line} alone.json")
    spread = run(pytester, f"{line} spread.json -n 2")
    assert alone.ret == spread.ret == 1
    assert alone.parseoutcomes()["failed"] == spread.parseoutcomes()["failed"]

    def results(name: str) -> list[str]:
        return sorted(json.dumps(r, sort_keys=True) for r in report(name)["runs"][0]["results"])

    assert results("alone.json") == results("spread.json")
    told = [report(name) for name in ("alone.json", "spread.json")]
    for one in told:
        del one["runs"]
    assert told[0] == told[1]
    assert told[0]["complete"] is True
    spread.stdout.fnmatch_lines(["FAILED local.SwapsOnOneMinute::PARSE-01* - update frame*"])


def test_with_several_processes_the_dearest_check_begins_first(pytester: pytest.Pytester) -> None:
    chosen = f"--adapter {REFERENCE} -v -k 'URL-01 or LIFE-04'"
    alone, spread = run(pytester, chosen), run(pytester, f"{chosen} -n 1")
    alone.stdout.fnmatch_lines(["*URL-01 PASSED*", "*LIFE-04 PASSED*"])
    spread.stdout.fnmatch_lines(["*PASSED*LIFE-04*", "*PASSED*URL-01*"])


def test_with_several_processes_the_header_tells_the_same(pytester: pytest.Pytester) -> None:
    line = f"--adapter {REFERENCE} --conformance-seed 7 -k URL-01"
    told = f"  {REFERENCE} on binance, seed 7"
    alone, spread = (run(pytester, f"{line} -n {n}").outlines for n in (0, 2))
    assert alone.count(told) == spread.count(told) == 1
    # the others have begun before this one asked the adapter for its exchange
    assert spread.index("created: 2/2 workers") < spread.index(told)
    assert told not in run(pytester, f"{line} -n 2 --no-header").outlines


def test_with_several_processes_a_wrong_adapter_is_told_once(pytester: pytest.Pytester) -> None:
    # a process of its own, as what is not ended in order shows at its end
    result = pytester.runpytest_subprocess(*QUIET, "--adapter", "local.NotThere", "-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines[0].startswith("ERROR: --adapter local.NotThere: module 'local' was")
    assert [line for line in result.errlines[1:] if line] == []


def test_several_processes_and_none_to_share_with(pytester: pytest.Pytester) -> None:
    listed = run(pytester, f"--adapter {REFERENCE} -k URL-01 -n 2 --collect-only -q")
    assert listed.outlines[0] == f"{REFERENCE}::URL-01"
    assert run(pytester, f"--adapter {REFERENCE} -k URL-01 --dist load").ret == 0


def test_junitxml_has_the_failures_with_their_messages(pytester: pytest.Pytester) -> None:
    run(pytester, "--adapter local.SwapsOnOneMinute -k 'PARSE-01 or PARSE-02' --junitxml j.xml")
    tree = ElementTree.parse("j.xml")
    cases = {case.get("name"): case for case in tree.iter("testcase")}
    failure = cases["PARSE-01[1m]"].find("failure")
    assert failure is not None
    assert cases["PARSE-01[1m]"].get("classname") == "local.SwapsOnOneMinute"
    assert properties(cases["PARSE-01[1m]"]) == {
        "check": "PARSE-01",
        "verdict": "fail",
        "severity": "must",
        "exchange": "binance",
        "interval": "1m",
        "headline": failure.get("message"),
    }
    message, text = failure.get("message"), failure.text
    assert message == "update frame of BTC-USDT: high, close are not the exchange's"
    assert text is not None
    assert "← wrong" in text
    assert cases["PARSE-02"].find("skipped") is not None
    assert cases["PARSE-01[1h]"].find("failure") is None


def properties(case: ElementTree.Element) -> dict[str, str | None]:
    return {
        str(item.get("name")).removeprefix("conformance."): item.get("value")
        for item in case.iter("property")
    }


@pytest.mark.parametrize("spread", ["", "-n 2"])
def test_junitxml_tells_consequences_and_verdicts_it_has_no_word_for(
    pytester: pytest.Pytester, spread: str
) -> None:
    run(
        pytester,
        "--adapter local.SwapsOnOneMinute --adapter local.KeepsItsList --junitxml j.xml "
        f"-k 'PARSE-01 or PARSE-06 or INTV-04 or INTV-03' {spread}",
    )
    cases = {
        (case.get("classname"), case.get("name")): case
        for case in ElementTree.parse("j.xml").iter("testcase")
    }
    follower = cases["local.SwapsOnOneMinute", "PARSE-06"]
    failure = follower.find("failure")
    assert properties(follower)["consequence_of"] == "PARSE-01"
    if failure is not None:  # a should that follows is loose
        assert str(failure.get("message")).startswith("follows from PARSE-01: ")
    loose = properties(cases["local.KeepsItsList", "INTV-04"])
    assert loose["verdict"] == "loose"
    assert loose["headline"] == "get_ws_supported_intervals hands out its own list"
    assert properties(cases["local.KeepsItsList", "INTV-03"])["verdict"] == "info"


def test_what_follows_is_told_as_such_in_a_line() -> None:
    made = Result("GAP-01", Verdict.FAIL, Severity.MUST, "T", "a:A", "binance", 1)
    made.headline = "a candle is missing"
    assert oneliner(made) == "a candle is missing"
    made.consequence_of = "PARSE-01"
    assert oneliner(made) == "follows from PARSE-01: a candle is missing"
    made.consequence_of, made.verdict = None, Verdict.NOT_EXERCISED
    assert oneliner(made) == "not-exercised: a candle is missing"


def test_nothing_selected_is_exit_5(pytester: pytest.Pytester) -> None:
    assert run(pytester, f"--adapter {REFERENCE} -k NOWHERE").ret == 5


@pytest.mark.parametrize("without", ["cacheprovider", "terminal", "xdist"])
def test_it_does_without_other_plugins(pytester: pytest.Pytester, without: str) -> None:
    result = run(
        pytester, f"--adapter {REFERENCE} -k LOAD-A1 -p no:{without} --conformance-json r.json"
    )
    assert result.ret == 0
    assert report()["verdicts"] == {"pass": 1}


def test_with_several_adapters_a_failure_names_its_own(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        f"--adapter local.SwapsOnOneMinute --adapter {REFERENCE} -k 'PARSE-01 and 3m' --tb=line",
    )
    result.stdout.fnmatch_lines(
        ["*checks*parse.py:*: update frame of BTC-USDT: high, close are not the exchange's"]
    )
    full = run(pytester, f"--adapter local.SwapsOnOneMinute --adapter {REFERENCE} -k PARSE-01")
    full.stdout.fnmatch_lines(["__* local.SwapsOnOneMinute PARSE-01[[]3m] *__"])


@pytest.mark.parametrize("hook", ["pytest_collection", "pytest_collection_finish"])
def test_a_run_that_dies_leaves_no_older_report(pytester: pytest.Pytester, hook: str) -> None:
    Path("r.json").write_text("of an older run")
    pytester.makeconftest(f"def {hook}(): raise SystemExit(9)")
    result = run(pytester, f"--adapter {REFERENCE} {JSON}")
    assert result.ret != 0
    assert not Path("r.json").exists() or report()["complete"] is False
