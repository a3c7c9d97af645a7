"""The Python client, on threads and real sockets, with nothing but the standard library."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mock_exchanges import running
from mock_exchanges.control import models
from mock_exchanges.control.client import Control, ControlError
from mock_exchanges.control.openapi import description
from mock_exchanges.control.routes import ROUTES
from mock_exchanges.faults import CloseNoFrame, HttpStatus, MuteData
from mock_exchanges.scenario import Scenario
from mock_exchanges.scenario.edits import Halt
from mock_exchanges.server.threaded import RunningMock

TOKEN = "a-secret"


@pytest.fixture
def mock() -> Iterator[RunningMock]:
    with running("demo", control_token=TOKEN) as found:
        yield found


@pytest.fixture
def control(mock: RunningMock) -> Control:
    return Control(mock.control_url, TOKEN)


def refusal(act: Callable[[], Any]) -> ControlError:
    with pytest.raises(ControlError) as refused:
        act()
    return refused.value


def test_any_address_of_the_mock_will_do(mock: RunningMock) -> None:
    assert mock.control_url is not None and mock.rest_url is not None
    for url in (mock.control_url, mock.rest_url, f"{mock.rest_url}/", f"{mock.control_url}/faults"):
        assert Control(url, TOKEN).health().exchange == "demo"


def test_the_environment_tells_where(mock: RunningMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCK_EXCHANGES_URL", str(mock.control_url))
    monkeypatch.setenv("MOCK_EXCHANGES_TOKEN", TOKEN)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert Control().health().ok
    monkeypatch.delenv("MOCK_EXCHANGES_URL")
    with pytest.raises(ValueError, match="MOCK_EXCHANGES_URL is not set"):
        Control()


def test_faults_come_and_go(mock: RunningMock, control: Control) -> None:
    fault = CloseNoFrame(after=3, then=(HttpStatus(status=429, times=2),))
    added = control.add_fault(fault)
    assert added.fault == fault and type(added.fault) is CloseNoFrame
    assert control.add_fault({"fault": "mute-data"}).number == 2
    assert [type(each.fault) for each in control.faults()] == [CloseNoFrame, MuteData]
    assert control.remove_fault(1).fault == fault
    assert control.clear_faults() == 1
    assert mock.call(lambda it: it.faults) == []
    assert {each.name for each in control.fault_kinds()} > {"reset", "mute-data"}


def test_scenarios_are_played(mock: RunningMock, control: Control) -> None:
    playing = control.play(Scenario.of(MuteData(), name="mine"))
    assert [each.name for each in playing.playing] == ["mine"]
    assert control.playing() == playing
    assert control.end_scenario() == 1
    assert control.playing().playing == []
    assert control.play(Scenario(name="empty")).playing[0].name == "empty"
    assert refusal(lambda: control.play("no such")).status == 422


def test_the_clock_is_set(control: Control) -> None:
    frozen = control.freeze()
    assert frozen.rate == 0 and control.clock().now_ms == frozen.now_ms
    assert control.step(2).now_ms == frozen.now_ms + 2000
    assert control.move_to(frozen.now_ms + 3000).now_ms == frozen.now_ms + 3000
    assert control.to_next_close("1h").now_ms % 3_600_000 == 0
    assert control.run(60).rate == 60


def test_the_market_is_edited(control: Control) -> None:
    control.freeze()
    assert [each.edit for each in control.edit_market(Halt(for_s=60)).edits] == ["halt"]
    assert control.market().edits[0].edit == "halt"
    assert control.reset_market() == 1
    candles = control.candles("BTC-USDT", "1m")
    few = control.candles("BTC-USDT", from_ms=candles[1].open_ms, to_ms=candles[3].open_ms)
    assert few == candles[1:3]


def test_the_journal_is_read_and_waited_for(mock: RunningMock, control: Control) -> None:
    with urllib.request.urlopen(f"{mock.rest_url}/api/v1/time") as answer:
        answer.read()
    found = control.wait("response", containing="200", within_s=20)
    assert found.entries[0].kind == "response"
    page = control.journal()
    assert [each.kind for each in page.entries] == ["request", "response"]
    assert page.next == 2 and control.journal(after=2).entries == ()
    assert [each.kind for each in control.journal(kind="request").entries] == ["request"]
    missed = refusal(lambda: control.wait("in", within_s=0.01))
    assert (missed.code, missed.status) == ("not-in-time", 408)
    assert [each.kind for each in missed.arrived] == ["request", "response"]


def test_connections_are_ended(mock: RunningMock, control: Control) -> None:
    assert control.connections() == [] and control.end_connections(code=1012) == []
    assert refusal(lambda: control.end_connections(1, how="eof")).code == "no-connection"


def test_reset_and_description(control: Control) -> None:
    control.add_fault(MuteData())
    assert control.reset().faults == 0
    assert control.openapi() == description()


def test_errors_say_code_message_hint_and_field(control: Control) -> None:
    found = refusal(lambda: control.add_fault({"fault": "http-status", "staus": 429}))
    assert (found.code, found.field, found.status) == ("unknown-field", "staus", 422)
    assert found.hint == "did you mean 'status'?" and str(found).endswith(found.hint)
    assert control.faults() == []


def test_without_the_token_or_a_mock_it_says_so(mock: RunningMock) -> None:
    assert refusal(Control(mock.control_url, "wrong").health).code == "no-token"
    assert refusal(Control(mock.control_url).health).status == 401
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = refusal(Control(f"http://127.0.0.1:{port}").health)
    assert (nobody.code, nobody.status) == ("unreachable", 0)
    assert "mock-exchanges serve" in nobody.hint
    with running("demo", control=False) as off:
        assert off.control_url is None
        assert refusal(Control(off.rest_url).health).code == "strange"


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://x", "http://"])
def test_a_wrong_url_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="expected http://HOST:PORT"):
        Control(url)


def test_every_verb_has_a_method() -> None:
    verbs = {"index"} | {
        {"playing": "playing", "set_clock": "run", "end_connection": "end_connections"}.get(
            each.name, each.name
        )
        for each in ROUTES
    }
    assert all(hasattr(Control, name) for name in verbs - {"index"})


def test_it_needs_no_aiohttp() -> None:
    code = "import sys, mock_exchanges.control.client; print('aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_example_for_curl() -> None:
    fault = (
        '{"fault":"close-no-frame","after":3,'
        '"then":[{"fault":"http-status","status":429,"times":2}]}'
    )
    with running("demo") as mock:
        command = ["curl", "-sS", "--noproxy", "*", "-w", "%{http_code}", "-d", fault]
        done = subprocess.run(
            [*command, f"{mock.rest_url}/_mock/faults"], capture_output=True, text=True, check=True
        )
        answer, status = done.stdout[:-3], done.stdout[-3:]
        assert status == "201"
        assert models.FaultAtWork.model_validate_json(answer).number == 1
        assert json.loads(answer)["fault"] == json.loads(fault)
        (at_work,) = mock.call(lambda it: it.faults)
        assert at_work.fault == CloseNoFrame(after=3, then=(HttpStatus(status=429, times=2),))
