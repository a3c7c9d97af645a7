"""What an author reads. The snapshots are meant to be read aloud.

To write them anew: ``UPDATE_SNAPSHOTS=1 pytest tests/conformance/test_report_text.py``.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from conformance.loading import FEED, load
from conformance.registry import get
from conformance.report import text
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Row, Severity, Verdict

FOLDER = Path(__file__).with_name("snapshots")
PORT = re.compile(r"127\.0\.0\.1:\d+")
ROOT = str(Path(__file__).parents[2])

# adapter of the gallery, check, interval
FAILURES = [
    ("NoSupportedIntervals", "LOAD-A1", None),
    ("UrlOfUnawaitedToken", "URL-01", None),
    ("PairOfTheOtherDollar", "PAIR-01", None),
    ("PayloadAlwaysForOneMinute", "PAY-01", "5m"),
    ("PayloadThatIsNoJson", "PAY-01", "1m"),
    ("ParseSwapsHighAndClose", "PARSE-01", "1m"),
    ("ParseGivesMilliseconds", "PARSE-01", "1h"),
    ("ParseTakesTheCloseTime", "PARSE-05", None),
    ("ParseExpectsOnlyCandles", "PARSE-03", None),
    ("MinutesForSeconds", "INTV-02", None),
    ("RestIgnoresStartTime", "REST-01", "1h"),
    ("RestIsCutAtTheMaximum", "REST-04", None),
    ("PingsWithPlainText", "HB-01", None),
    ("HandsOutItsOwnList", "INTV-04", None),
]  # fmt: skip

# module of feeds, feed, exchange, check
OF_FEEDS = [
    ("stall", "WaitsForEver", "demo", "STALL-01"),
    ("stall", "HastyWatchdog", "kucoin", "STALL-01Q"),
    ("heartbeat", "SendsNoPings", "okx", "HB-02"),
    ("reconnect", "PausesOneSecond", "demo", "RECON-04"),
    ("reconnect", "LeavesItsPingerBehind", "demo", "RECON-09"),
    ("reported", "GoesOnFromNow", "demo", "GAP-01"),
    ("reported", "KeepsItsToken", "demo@token", "TOKEN-01"),
    ("gap", "TakesTheNextCandleAsItComes", "demo", "GAP-02"),
    ("final", "HandsOverEachUpdate", "demo", "FINAL-01"),
    ("order", "ClosesAtEachRepeat", "demo", "ORDER-01"),
    ("field", "SwapsColumnsOfREST", "demo", "FIELD-01"),
    ("subscribe", "AsksInUpperCase", "binance", "SUB-01"),
    ("limit", "RetriesAtOnce", "demo", "LIMIT-02"),
]  # fmt: skip


def shown(message: str) -> str:
    """Return a message without what differs from machine to machine, or in invisible ways."""
    message = re.sub(r"0x[0-9a-f]{6,}", "0x…", PORT.sub("127.0.0.1:PORT", message))
    return message.replace(ROOT, "…") + "\n"


@pytest.mark.parametrize(("adapter", "check", "interval"), FAILURES)
def test_message(adapter: str, check: str, interval: str | None, trust: Trust) -> None:
    path = f"tests.gallery.defective:{adapter}"
    compare(Suite(Setting(load(path), "binance"), trust).run(get(check), interval), adapter)


@pytest.mark.parametrize(("module", "feed", "exchange", "check"), OF_FEEDS)
def test_message_of_a_feed(module: str, feed: str, exchange: str, check: str, trust: Trust) -> None:
    factory = load(f"tests.gallery.feeds.{module}:{feed}", wanted=FEED)
    compare(Suite(Setting(factory, exchange), trust).run(get(check)), feed)


def compare(result: Result, name: str) -> None:
    """Hold a result's message against its snapshot."""
    assert result.verdict in (Verdict.FAIL, Verdict.LOOSE)
    assert result.consequence_of is None
    result.again = text.again(result)
    message = shown(text.message(result))
    file = FOLDER / f"{name}.txt"
    if "UPDATE_SNAPSHOTS" in os.environ:
        file.write_text(message, "utf-8")
    assert message == file.read_text("utf-8")


def test_no_snapshot_is_left_over() -> None:
    written = {name for name, _, _ in FAILURES} | {name for _, name, _, _ in OF_FEEDS}
    assert {file.stem for file in FOLDER.glob("*.txt")} == written


def result(check: str = "PARSE-01", verdict: Verdict = Verdict.FAIL, **changes: object) -> Result:
    made = Result(
        check, verdict, Severity.MUST, "A title", "pkg.mod:Mine", "binance", 1,
        headline="the close is not the exchange's", again="pytest --adapter pkg.mod:Mine",
    )  # fmt: skip
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_everything_has_its_place() -> None:
    made = result(
        interval="1m",
        happened="The exchange sent a frame.",
        expected="one\ntwo",
        got="three",
        rows=(Row("open", "1.5", "1.5", False), Row("close", "2", "200000", True)),
        likely="it is in cents",
        wire=("    +1.000s   ws1 ← {}",),
        sources=("owner/name#12", "https://example.com/rule", "docs/contract.md#candle"),
        virtual_seconds=3.0,
    )
    assert text.message(made).splitlines() == [
        "PARSE-01[1m]  A title   [must · binance · 1m]",
        "",
        "  the close is not the exchange's",
        "",
        "  happened  The exchange sent a frame.",
        "",
        "         expected  got",
        "  open   1.5       1.5",
        "  close  2         200000  ← wrong",
        "",
        "  expected  one",
        "            two",
        "  got       three",
        "",
        "  likely    it is in cents",
        "",
        "  the wire, in the exchange's seconds since the check began",
        "        +1.000s   ws1 ← {}",
        "",
        "  rule      https://github.com/owner/name/issues/12",
        "            https://example.com/rule",
        "            docs/contract.md#candle",
        "  again     pytest --adapter pkg.mod:Mine",
    ]


def test_long_lines_of_traffic_are_cut_and_frames_for_the_parser_are_not() -> None:
    long = "x" * 400
    told = text.message(result(wire=(f"    +1.000s  http ← 200 {long}",)))
    assert max(map(len, told.splitlines())) < 160
    assert f'    {{"a": "{long}"}}' in text.message(
        result(wire=(f'→ parse_ws_message {{"a": "{long}"}}',))
    )


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict.NOT_EXERCISED, "(not exercised: what the check is about did not happen"),
        (Verdict.HARNESS_ERROR, "(not the adapter's fault:"),
    ],
)
def test_a_verdict_that_is_no_defect_explains_itself(verdict: Verdict, said: str) -> None:
    assert said in text.message(result(verdict=verdict))


def test_what_follows_says_from_what_and_stays_short() -> None:
    made = result("GAP-01", consequence_of="PARSE-01", wire=("a",), got="b", happened="c")
    assert text.brief(made).splitlines() == [
        "  the close is not the exchange's",
        "  follows from PARSE-01; mend that first (in full: -v)",
    ]
    assert text.brief(result(interval="3m"), "PARSE-01[1m]").splitlines() == [
        "  the close is not the exchange's",
        "  as PARSE-01[1m] above (in full: -v)",
        "  again     pytest --adapter pkg.mod:Mine",
    ]


@pytest.mark.parametrize(
    ("changes", "exchange", "words"),
    [
        ({}, None, ["-k", "PARSE-01"]),
        ({"interval": "1m"}, None, ["-k", "PARSE-01[1m]"]),
        ({"seed": 9}, None, ["--conformance-seed", "9", "-k", "PARSE-01"]),
        ({}, "binance@2025-01-27", ["--exchange", "binance@2025-01-27", "-k", "PARSE-01"]),
        ({"verdict": Verdict.LOOSE}, None, ["--conformance-strict", "-k", "PARSE-01"]),
    ],
)
def test_again_names_all_that_decides(
    changes: dict[str, object], exchange: str | None, words: list[str]
) -> None:
    line = text.again(result(**changes), exchange)  # type: ignore[arg-type]
    assert shlex.split(line) == ["pytest", "--adapter", "pkg.mod:Mine", *words]
