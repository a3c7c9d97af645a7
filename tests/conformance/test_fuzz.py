"""Random sessions do right adapters and feeds no harm, and find what is wrong with others."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from conformance.cli import main
from conformance.fuzz.frames import misread
from conformance.fuzz.play import judge
from conformance.fuzz.scripts import KINDS, TROUBLE_S, kinds, scenario, scripts, toml
from conformance.fuzz.search import search
from conformance.loading import ADAPTER, FEED, load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Verdict
from mock_exchanges.faults import Fault
from mock_exchanges.registry import create
from mock_exchanges.scenario.reading import loads
from tests.meta import matrix

FEEDS = "tests.gallery.feeds"
SESSIONS = 100 if matrix.WHOLE else 30


@pytest.mark.parametrize(
    ("path", "exchange"),
    [
        ("reference_adapters:BinanceAdapter", "binance"),
        (f"{FEEDS}.good:OKXFeed", "okx"),
    ],
)
def test_what_is_right_survives_random_sessions(path: str, exchange: str, trust: Trust) -> None:
    wanted = FEED if path.startswith(FEEDS) else ADAPTER
    found = search(Suite(Setting(load(path, wanted=wanted), exchange), trust), SESSIONS)
    assert found is None, (toml(found.scenario), found.result.headline)


@pytest.mark.parametrize(
    ("path", "exchange"),
    [
        ("reference_adapters:BinanceAdapter", "binance"),
        ("reference_adapters:KuCoinAdapter", "kucoin"),
        ("tests.gallery.second.okx:OKXByHttpx", "okx"),
    ],
)
def test_right_parsers_invent_nothing(path: str, exchange: str, trust: Trust) -> None:
    assert misread(Suite(Setting(load(path), exchange), trust), 100) is None


def test_an_invented_candle_is_found_in_the_simplest_frame(trust: Trust) -> None:
    setting = Setting(load("tests.gallery.defective:ParseDefaultsToZero"), "binance")
    found = [misread(Suite(setting, trust), 200, seed=3) for _ in range(2)]
    first, again = found
    assert first is not None and again is not None
    assert first[0].verdict is Verdict.FAIL
    # one blow is enough
    assert first[0].headline.endswith(" is missing gives an invented candle")
    assert " and " not in first[0].headline
    assert (first[0].headline, first[1]) == (again[0].headline, again[1])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("order:ClosesAtEachRepeat", "arrived"),
        ("gap:TakesTheNextCandleAsItComes", ""),
        # found by the command below, too
        *([("order:HandsOverSnapshots", "arrived")] if matrix.WHOLE else []),
    ],
)
def test_what_is_wrong_is_found_and_shrunk(name: str, said: str, trust: Trust) -> None:
    suite = Suite(Setting(load(f"{FEEDS}.{name}", wanted=FEED), "demo"), trust)
    found = search(suite, 100)
    assert found is not None and found.result.verdict is Verdict.FAIL
    assert said in found.result.headline
    assert len(found.scenario.faults) <= 2
    again = loads(toml(found.scenario))
    assert again.faults == found.scenario.faults
    assert judge(suite, again).headline == found.result.headline
    if said or matrix.WHOLE:
        same = search(suite, 100)
        assert same is not None and same.scenario == found.scenario


def test_what_fails_without_any_fault_has_an_empty_script(trust: Trust) -> None:
    suite = Suite(Setting(load(f"{FEEDS}.order:ClosesAtEachRepeat", wanted=FEED), "demo"), trust)
    found = search(suite, 5)
    assert found is not None and found.scenario.faults == ()


def test_every_kind_is_possible_somewhere() -> None:
    found = {name for exchange in ("binance", "okx", "demo") for name in kinds(create(exchange))}
    assert found == set(KINDS)


@settings(max_examples=60, database=None, deadline=None, derandomize=True)
@given(scripts(create("binance")))
def test_scripts_are_valid_and_end_in_time(script: list[Fault]) -> None:
    for fault in script:
        assert fault.for_s is not None and fault.from_s + fault.for_s <= TROUBLE_S
    made = scenario(script, "fuzz", 'it "broke"', 3)
    assert loads(toml(made)) == made


def test_the_command_writes_a_scenario_and_holds_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "found.toml"
    feed = f"{FEEDS}.order:HandsOverSnapshots"
    assert main(["fuzz", "--feed", feed, "--output", str(file), "--examples", "100"]) == 1
    told = capsys.readouterr().out
    assert f"conformance fuzz --feed {feed} --scenario {file}" in told
    assert "the shortest script of" in told and "[[faults]]" in told
    assert main(["fuzz", "--feed", feed, "--scenario", str(file)]) == 1
    assert main(["fuzz", "--feed", f"{FEEDS}.good:DemoFeed", "--scenario", str(file)]) == 0
    assert "every closed candle arrived" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected --adapter PKG.NAME or --feed PKG.NAME"),
        (["--adapter", "nowhere:X"], "no module 'nowhere' was found"),
        (["--adapter", "x:Y", "--examples", "0"], "--examples is 0, expected at least 1"),
        (["--adaptor", "x:Y"], "--adaptor is not an option here; did you mean --adapter?"),
    ],
)
def test_wrong_use_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fuzz", *words]) == 4
    assert said in capsys.readouterr().err
