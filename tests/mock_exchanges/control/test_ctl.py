"""``mock-exchanges ctl``: what it does, what it prints, what it refuses with exit code 2."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from mock_exchanges import running
from mock_exchanges.cli import main
from mock_exchanges.cli.arguments import parse
from mock_exchanges.control.openapi import description
from mock_exchanges.faults import CloseNoFrame, HttpStatus
from mock_exchanges.scenario.edits import Halt
from mock_exchanges.server.threaded import RunningMock

Ctl = Callable[..., str]


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningMock]:
    with running("demo") as found:
        monkeypatch.setenv("MOCK_EXCHANGES_URL", str(found.control_url))
        yield found


@pytest.fixture
def ctl(mock: RunningMock, capsys: pytest.CaptureFixture[str]) -> Ctl:
    def do(*words: str) -> str:
        code = main(["ctl", *words])
        captured = capsys.readouterr()
        assert (code, captured.err) == (0, "")
        return captured.out

    return do


def test_a_fault_is_added_by_its_schema(mock: RunningMock, ctl: Ctl) -> None:
    then = '[{"fault":"http-status","status":429,"times":2}]'
    assert ctl("add-fault", "close-no-frame", "after=3", f"then={then}") == (
        "1 close-no-frame after=3: struck 0\n"
    )
    # body is text even where it looks like a number, headers is an object
    ctl("add-fault", "http-status", "status=418", "body=123", 'headers={"X-A":"1"}', "for_s=1.5")
    first, second = (active.fault for active in mock.call(lambda it: it.faults))
    assert first == CloseNoFrame(after=3, then=(HttpStatus(status=429, times=2),))
    assert second == HttpStatus(status=418, body="123", headers={"X-A": "1"}, for_s=1.5)
    assert ctl("faults").splitlines()[0] == "1 close-no-frame after=3: struck 0"
    assert [each["number"] for each in json.loads(ctl("faults", "--json"))] == [1, 2]
    assert ctl("remove-fault", "1").startswith("removed: 1 close-no-frame")
    assert ctl("clear") == "removed: 1\n"
    assert ctl("faults") == "no faults\n"


def test_health_and_reset(mock: RunningMock, ctl: Ctl) -> None:
    assert ctl("health").startswith("demo ")
    assert json.loads(ctl("--json", "health"))["ok"] is True
    ctl("add-fault", "mute-data")
    assert "faults 0, journal 0" in ctl("reset")


def test_a_scenario_from_a_file(mock: RunningMock, ctl: Ctl, tmp_path: object) -> None:
    with open(f"{tmp_path}/mine.toml", "w") as file:
        file.write('name = "mine"\nabout = "It is mute."\n[[faults]]\nfault = "mute-data"\n')
    assert ctl("scenario", f"{tmp_path}/mine.toml") == (
        "mine: It is mute.\n  1 mute-data: struck 0\n"
    )
    assert ctl("scenario").startswith("mine: ")
    assert ctl("scenario", "end") == "removed: 1\n"
    assert ctl("scenario") == "no scenario\n"


def test_the_clock(mock: RunningMock, ctl: Ctl) -> None:
    assert ctl("clock", "freeze").endswith("rate 0\n")
    frozen = json.loads(ctl("clock", "--json"))["now_ms"]
    assert json.loads(ctl("clock", "step", "2.5", "--json"))["now_ms"] == frozen + 2500
    assert json.loads(ctl("clock", "next-close", "5m", "--json"))["now_ms"] % 300_000 == 0
    assert ctl("clock", "run", "60").endswith("rate 60\n")
    assert mock.call(lambda it: it.clock.rate) == 60


def test_the_market(mock: RunningMock, ctl: Ctl) -> None:
    assert "no edits" in ctl("market")
    assert "\nhalt " in ctl("market", "halt", "for_s=120")
    (edit,) = mock.market.edits
    assert edit.kind == "halt" and Halt.model_fields["for_s"].default != 120
    assert edit.end_ms is not None and edit.start_ms is not None
    assert edit.end_ms - edit.start_ms >= 120_000
    assert ctl("market", "reset") == "removed: 1\n"
    assert len(ctl("candles", "BTC-USDT").splitlines()) == 100


def test_connections_journal_and_wait(mock: RunningMock, ctl: Ctl) -> None:
    assert ctl("connections") == "no connections\n"
    assert ctl("end", "--code", "1012", "--reason", "soon") == "ended: none\n"
    with urllib.request.urlopen(f"{mock.rest_url}/api/v1/time") as answer:
        answer.read()
    assert "GET /api/v1/time" in ctl("wait", "--kind", "request", "--within", "20")
    assert [line.split()[2] for line in ctl("journal").splitlines()] == ["→", "←"]
    rows = [json.loads(line) for line in ctl("journal", "--json").splitlines()]
    assert [row["kind"] for row in rows] == ["request", "response"]
    assert ctl("journal", "--after", "1", "--kind", "request") == ""


def test_the_journal_is_followed(mock: RunningMock) -> None:
    command = [sys.executable, "-m", "mock_exchanges.cli", "ctl", "journal", "--follow", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for path in ("/first", "/second"):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"{mock.rest_url}{path}").close()
                lines: list[str] = []
                while not any(path in line and '"request"' in line for line in lines):
                    lines.append(process.stdout.readline())
                    assert lines[-1]
        finally:
            process.kill()


def test_the_description_needs_no_mock(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ctl", "openapi"]) == 0
    assert json.loads(capsys.readouterr().out) == description()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["helth"], "did you mean 'health'?"),
        ([], "no verb"),
        (["add-fault", "clos-no-frame"], "did you mean 'close-no-frame'?"),
        (["add-fault", "reset", "aftr=3"], "did you mean 'after'?"),
        (["add-fault", "reset", "after=x"], 'after is "x"'),
        (["add-fault", "reset", "after"], "expected key=value"),
        (["add-fault", "reset", "after=1", "after=2"], "given twice"),
        (["add-fault", "reset", "then=[{}]"], "then[0].fault is missing"),
        (["remove-fault", "9"], "there is no fault 9"),
        (["remove-fault", "x"], "'x' is no number"),
        (["scenario", "flaping"], "'flaping'"),
        (["clock", "stp"], "did you mean 'step'?"),
        (["clock", "step"], "expected freeze, run RATE"),
        (["clock", "step", "x"], "'x' is no number"),
        (["clock", "step", "-1"], "step_s is -1"),
        (["clock", "next-close", "1minute"], "interval is '1minute'"),
        (["market", "hlt"], "did you mean 'halt'?"),
        (["market", "gap"], "pair is missing"),
        (["market", "gap", "pair=BTC-USTD"], "BTC-USTD"),
        (["end", "3"], "there is no connection 3"),
        (["end", "--code", "1"], "code is"),
        (["end", "--how", "eof", "--code", "1000"], "without a frame"),
        (["journal", "--kind", "inn"], "inn"),
        (["wait", "--kind", "in", "--within", "0.01"], "no entry with kind=in"),
        (["health", "--url", "nowhere"], "expected http://HOST:PORT"),
    ],
)
def test_what_can_be_mended_is_told_in_a_line(
    mock: RunningMock, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    before = (len(mock.journal()), mock.call(lambda it: len(it.faults)))
    assert main(["ctl", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err.splitlines()[0]
    assert len(captured.err.splitlines()) <= 2
    assert (len(mock.journal()), mock.call(lambda it: len(it.faults))) == before


def test_no_mock_there_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running("demo") as mock:
        url = str(mock.control_url)
    assert main(["ctl", "--url", url, "health"]) == 2
    assert "no mock exchange answers at" in capsys.readouterr().err
    monkeypatch.delenv("MOCK_EXCHANGES_URL", raising=False)
    assert main(["ctl", "health"]) == 2
    assert "MOCK_EXCHANGES_URL is not set" in capsys.readouterr().err


def test_the_token_of_serve() -> None:
    found = parse(["serve", "--control-token", "secret"])
    assert getattr(found, "control_token", None) == "secret"
    made = [getattr(parse(["serve", "--control-token"]), "control_token", "") for _ in range(2)]
    assert made[0] != made[1] and min(map(len, made)) >= 16
    assert getattr(parse(["serve"]), "control_token", "") is None


def test_serve_tells_the_control_address() -> None:
    command = [sys.executable, "-m", "mock_exchanges.cli", "serve", "demo", "--json",
               "--host", "0.0.0.0", "--allow-remote", "--control-token"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())["demo"]
            words = ["ctl", "--url", told["control"], "health"]
            assert main([*words, "--token", told["control_token"]]) == 0
            assert main([*words, "--token", "wrong"]) == 2
        finally:
            process.kill()
