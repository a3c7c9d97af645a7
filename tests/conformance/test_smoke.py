"""The smoke check: what does not work here is told as that, and no adapter is judged."""

from __future__ import annotations

import json
import shlex
import time
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conformance import network
from conformance.detect import hosts
from conformance.loading import load
from conformance.registry import checks
from conformance.setting import Setting, Trust
from conformance.smoke import smoke
from conformance.verdict import Verdict
from mock_exchanges.server.tls import Authority

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

REFERENCE = "reference_adapters:BinanceAdapter"
BROKEN = {
    # exchange -> what is said, what was expected
    "refuses": ("the exchange refused a right handshake with HTTP 503", "in memory"),
    "silent": ("no candle came to a right request (1 other messages) within 600", "in memory"),
    "raises": ("ZeroDivisionError: of the exchange", "in memory"),
    "spins": ("no end after 0.5 real seconds", "in memory"),
    "without_sockets": ("WSServerHandshakeError: 403", "over sockets and TLS"),
}
QUIET = ("-p", "no:asyncio", "-p", "no:benchmark", "-p", "no:hypothesispytest")


def setting(exchange: str, adapter: str = REFERENCE) -> Setting:
    return Setting(load(adapter), exchange, patience_s=0.5)


@pytest.mark.parametrize("exchange", ["binance", "coinbase", "demo", "kucoin", "okx"])
def test_every_exchange_passes_and_it_costs_little(exchange: str, trust: Trust) -> None:
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        assert smoke(setting(exchange), trust) is None
        spent.append(time.perf_counter() - began)
    assert min(spent) < 0.1


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_exchange_is_a_harness_error(name: str, trust: Trust) -> None:
    made = smoke(setting(f"tests.gallery.broken:{name}"), trust)
    said, expected = BROKEN[name]
    assert made is not None
    assert made.verdict is Verdict.HARNESS_ERROR
    assert made.headline.startswith("the suite does not work here, so no check was run: ")
    assert said in made.headline
    assert expected in made.expected
    assert made.likely


def test_tls_that_nobody_trusts_is_noticed(trust: Trust, tmp_path: Path) -> None:
    with network.prepare(Authority(), tmp_path):
        made = smoke(setting("binance"), trust)
    assert made is not None
    assert "CERTIFICATE_VERIFY_FAILED" in made.headline
    assert "pytest-socket" in made.likely


def test_clocks_that_do_not_follow_are_noticed(
    trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.smoke.time.time", lambda: 1.0)
    made = smoke(setting("binance"), trust)
    assert made is not None
    assert "time.time() by 0 s, expected 3600 s" in made.headline
    assert "freezegun" in made.likely


@pytest.mark.parametrize("more", ["", "-k URL-01", "-k 'not URL'", "--lf", "-n 2"])
def test_no_check_is_run_and_the_exit_code_is_3(pytester: pytest.Pytester, more: str) -> None:
    root = Path(__file__).parents[2]
    pytester.syspathinsert(root)
    line = (
        f"--adapter {REFERENCE} --exchange tests.gallery.broken:silent {more} "
        "--conformance-json r.json --junitxml j.xml"
    )
    result = pytester.runpytest_inprocess(*QUIET, *shlex.split(line))
    assert result.ret == 3
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.fnmatch_lines(
        [
            "  the suite does not work here, so no check was run: no candle came to a*",
            "  (not the adapter's fault: *",
            "  expected  a right session in memory gives candles",
            "  HARNESS ERROR in SMOKE: not the adapter's fault, and",
        ]
    )
    again = next(line for line in result.outlines if line.startswith("  again "))
    assert again.endswith(" --exchange tests.gallery.broken:silent")
    told = json.loads(Path("r.json").read_text("utf-8"))
    assert (told["exit_code"], told["verdicts"]) == (3, {"harness-error": 1})
    assert told["complete"] is False
    [case] = ElementTree.parse("j.xml").iter("testcase")
    failure = case.find("failure")
    assert case.get("name") == "SMOKE"
    assert failure is not None
    assert str(failure.get("message")).startswith("harness-error: the suite does not work here")
