"""The sixth exchange: the page shows the file, the suite runs on it, an entry point finds it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.detect import exchange_of
from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Verdict
from mock_exchanges import registry
from mock_exchanges.cli import main
from mock_exchanges.core.actions import Text
from mock_exchanges.core.engine import Engine, frames
from mock_exchanges.core.http import Request, Response
from tests.examples.tiny_adapter import Candle, TinyAdapter
from tests.meta import matrix

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).with_name("tiny_exchange.py")
PAGE = (ROOT / "docs" / "adding-an-exchange.md").read_text("utf-8")
SPEC = "tests.examples.tiny_exchange:create"
ADAPTER = "tests.examples.tiny_adapter:TinyAdapter"
T0 = 1_785_000_000_000


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder that holds what pip would write for a distribution with the entry point."""
    info = tmp_path / "site" / "tiny_mock-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-mock\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[mock_exchanges]\ntiny = {SPEC}\nbinance = {SPEC}\n")
    return info.parent


@pytest.fixture
def found(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(installed))
    registry._known.cache_clear()
    yield
    monkeypatch.undo()
    registry._known.cache_clear()


def judged(trust: Trust, adapter: str, spec: str = SPEC) -> list[Result]:
    return matrix.every(Suite(Setting(load(adapter), spec), trust), adapter)


def test_the_page_shows_the_file_and_it_is_small() -> None:
    code = EXAMPLE.read_text("utf-8")
    (shown,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert shown == code
    assert len(code.splitlines()) <= 150


def test_the_page_shows_what_profiles_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profiles", SPEC]) == 0
    printed = capsys.readouterr().out
    assert f"$ mock-exchanges profiles {SPEC}\n{printed}```" in PAGE


@pytest.mark.parametrize("spec", [SPEC, f"{SPEC}@2024-01-01"])
def test_a_right_adapter_passes(spec: str, trust: Trust) -> None:
    results = judged(trust, ADAPTER, spec)
    allowed = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INFO)
    assert [(r.where, r.headline) for r in results if r.verdict not in allowed] == []
    assert sum(r.verdict is Verdict.PASS for r in results) > 30


class SwapsHighAndLow(TinyAdapter):
    def _candle(self, row: list[object]) -> Candle:
        at, opened, high, low, *rest = row
        return super()._candle([at, opened, low, high, *rest])


class AsksForAnotherTopic(TinyAdapter):
    def get_ws_subscription_payload(self, pair: str, interval: str) -> str:
        return f"subscribe {pair}:{interval}"


@pytest.mark.parametrize(
    ("adapter", "checks"),
    [(SwapsHighAndLow, {"PARSE-01", "REST-03"}), (AsksForAnotherTopic, {"PAY-01"})],
)
def test_wrong_ones_do_not(adapter: type, checks: set[str], trust: Trust) -> None:
    results = judged(trust, f"{__name__}:{adapter.__name__}")
    failed = {r.id for r in results if r.verdict is Verdict.FAIL and r.consequence_of is None}
    assert checks <= failed
    if adapter is AsksForAnotherTopic:
        assert {r.headline for r in results if r.id == "PAY-01"} == {
            f"the exchange refuses the subscription: no topic BTC-USDT:{interval}"
            for interval in ("1m", "1h")
        }


@pytest.mark.usefixtures("found")
def test_an_installed_entry_point_is_found_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert "tiny" in registry.names()
    assert registry.create("tiny").name == "tiny"
    assert registry.create("tiny@2024-01-01").profile.push_every_ms == 20_000
    with pytest.raises(registry.UnknownExchange, match="did you mean 'tiny'"):
        registry.create("tinny")
    assert main(["profiles", "tiny", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["exchange"] for row in rows] == ["tiny", "tiny@2024-01-01"]


@pytest.mark.usefixtures("found")
def test_its_hosts_tell_which_exchange_an_adapter_is_for() -> None:
    assert exchange_of(load(ADAPTER)) == "tiny"


@pytest.mark.usefixtures("found")
def test_a_name_that_comes_along_cannot_be_taken() -> None:
    assert registry.create("binance").name == "binance"


def test_without_the_distribution_the_name_is_unknown() -> None:
    registry._known.cache_clear()
    assert "tiny" not in registry.names()


def test_a_run_of_pytest_finds_it(installed: Path, tmp_path: Path) -> None:
    path = os.pathsep.join([str(installed), str(ROOT)])
    command = [sys.executable, "-m", "pytest", "--adapter", ADAPTER, "-k", "URL-01 or PAIR-01",
               "-q", "-p", "no:cacheprovider"]  # fmt: skip
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ADAPTER} on tiny (seed 1): 2 pass" in done.stdout


def test_an_unknown_date_is_said() -> None:
    with pytest.raises(ValueError, match=r"tiny has no profile '2000-01-01' \(known: 2024-01-01"):
        registry.create(f"{SPEC}@2000-01-01")


def test_what_it_refuses_it_says_and_what_is_near_is_in_the_journal() -> None:
    exchange = registry.create(SPEC)
    engine = Engine(exchange)
    made = engine.connect(Request("GET", "/stream"), T0)
    assert isinstance(made, tuple)
    connection, _ = made
    answers = engine.receive(connection, Text("subscribe BTCUSDT:1m"), T0)
    assert frames(answers) == ['{"error":"no topic BTCUSDT:1m"}']
    assert [entry.text for entry in exchange.journal.of("near-miss")] == [
        "no topic 'BTCUSDT:1m'; one is 'BTC_USDT:1m'"
    ]
    for query in ("", "market=BTC_USDT&interval=1m&limit=x", "market=X&interval=1m"):
        answer = engine.request(Request("GET", "/candles", query), T0)
        assert isinstance(answer, Response)
        assert answer.status == 400
    refused = engine.connect(Request("GET", "/ws"), T0)
    assert isinstance(refused, Response)
    assert refused.status == 404
