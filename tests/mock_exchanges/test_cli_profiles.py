"""``mock-exchanges profiles``: what it lists, of whom, and what it does without facts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from mock_exchanges.binance.profile import profile
from mock_exchanges.cli import main
from mock_exchanges.core.facts import facts
from mock_exchanges.registry import names
from tests.mock_exchanges.server.toy import ToyExchange

DEMO = "mock_exchanges.demo:create"


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["profiles", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told(capsys, *arguments, "--json"))
    return found


def test_a_dated_profile_is_told_with_what_differs_and_its_source(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second, *lines = told(capsys, "binance").splitlines()
    assert first == "binance"
    assert second.startswith("  the default, binance@2026-07-21; facts: 29 documented, 12 reported")
    assert lines[:3] == [
        "binance@2025-01-27",
        "  differs from the default in 2 of 49 facts",
        "  ping_every_ms is 3 min, by default 20 s",
    ]
    assert lines[3].startswith("    documented, known true 2025-01-27: Changelog, https://")
    assert lines[4] == "  pong_deadline_ms is 10 min, by default 1 min"
    assert len(lines) == 6


def test_a_named_profile_comes_after_the_default_whatever_it_is_called(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = data(capsys, DEMO)
    assert [(row["exchange"], row["date"], row["default"]) for row in rows] == [
        (DEMO, "2026-11-22", True), (f"{DEMO}@token", "token", False),
        (f"{DEMO}@login", "login", False),
    ]  # fmt: skip
    assert [[(d["fact"], d["value"], d["default"]) for d in row["differs"]] for row in rows] == [
        [], [("handshake", "token", "simple")], [("handshake", "login", "simple")],
    ]  # fmt: skip


def test_one_profile_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = data(capsys, "binance@2025-01-27")
    assert row["exchange"] == "binance@2025-01-27"
    assert row["facts"] == len(list(facts(profile("2025-01-27"))))
    assert {d["fact"]: (d["value"], d["trust"], d["checked"]) for d in row["differs"]} == {
        "ping_every_ms": ("3 min", "documented", "2025-01-27"),
        "pong_deadline_ms": ("10 min", "documented", "2025-01-27"),
    }
    (newest,) = data(capsys, "binance@2026-07-21")
    assert (newest["exchange"], newest["default"], newest["differs"]) == ("binance", True, [])


def test_without_a_name_all_exchanges_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    usual = [row["exchange"] for row in data(capsys) if row["default"]]
    assert usual == names()


def test_an_exchange_without_facts_has_one_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, f"{__name__}:toy") == (
        f"{__name__}:toy\n  the default; facts: none are told\n"
    )


def toy(market: Any, journal: Any, profile_date: str | None) -> ToyExchange:
    return ToyExchange(market, journal)


def test_a_broken_exchange_of_another_package_hides_no_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"broken": "no.such.module:create", "demo": DEMO}
    monkeypatch.setattr("mock_exchanges.registry._known", lambda: known)
    assert main(["profiles"]) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        "mock-exchanges: exchange 'broken' cannot be made: No module named 'no'\n"
    )
    assert captured.out.startswith("demo\n  the default, demo@2026-11-22; facts: ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["binanec"], "did you mean 'binance'?"),
        (["binance@1999-01-01"], "known: 2025-01-27, 2026-07-21"),
        (["no.such.module:create"], "exchange 'no.such.module:create' cannot be made"),
        (["mock_exchanges.demo:craete"], "has no attribute 'craete'"),
        (["--josn"], "did you mean --json?"),
    ],
)
def test_misuse_is_a_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert main(["profiles", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert expected in captured.err
    assert len(captured.err.splitlines()) <= 2


def test_it_needs_no_server() -> None:
    code = (
        "import sys\nfrom mock_exchanges.cli import main\nmain(['profiles', 'binance'])\n"
        "assert not {'aiohttp', 'trustme', 'ssl'} & set(sys.modules), sys.modules.keys()\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("binance\n")
