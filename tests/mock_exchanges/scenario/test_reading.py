"""Scenarios from files: the same in every form, and errors that an author can act on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from mock_exchanges.faults import CloseNoFrame, HttpStatus
from mock_exchanges.scenario import BadScenario, Scenario, UnknownScenario, find, load, loads

PYTHON = Scenario.of(
    CloseNoFrame().after_candles(3).followed_by(HttpStatus(status=429).twice()), name="drops"
)
DATA = {
    "name": "drops",
    "faults": [
        {
            "fault": "close-no-frame",
            "after": 3,
            "then": [{"fault": "http-status", "status": 429, "times": 2}],
        }
    ],
}
TOML = """\
name = "drops"

[[faults]]
fault = "close-no-frame"
after = 3

[[faults.then]]
fault = "http-status"
status = 429
times = 2
"""


@pytest.mark.parametrize(
    ("suffix", "text"),
    [(".toml", TOML), (".json", json.dumps(DATA)), (".yaml", yaml.dump(DATA)), (".yml", "")],
)
def test_the_three_forms_say_the_same(tmp_path: Path, suffix: str, text: str) -> None:
    path = tmp_path / f"drops{suffix}"
    path.write_text(text or yaml.dump(DATA))
    assert load(path) == find(str(path)) == PYTHON


def test_what_is_written_reads_back() -> None:
    assert loads(PYTHON.model_dump_json(), "json") == PYTHON
    assert loads(PYTHON.model_dump_json(exclude_unset=True), "json") == PYTHON


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[faults]]\nfault = "close-cod"\n', ":2: faults[0].fault: is \"close-cod\", which"
         " is not known; did you mean 'close-code'?"),
        ("[[faults]]\ncode = 1000\n", ":1: faults[0].fault: is missing, expected one of "),
        ('[[faults]]\nfault = "close-code"\n\ncode = 99\n',
         ":4: faults[0].code: is 99, should be greater than or equal to 1000"),
        ('[[faults]]\nfault = "close-code"\ncoda = 1\n',
         ":3: faults[0].coda: is no field here; did you mean 'code'?"),
        (TOML.replace("times = 2", 'times = "two"'),
         ':10: faults[0].then[0].times: is "two", should be a valid integer'),
        ('nam = "x"\n', ":1: nam: is no field here; did you mean 'name'?"),
        ('[[market]]\nedit = "hold"\n', ':2: market[0].edit: is "hold", which is not known'),
        ('[[market]]\nedit = "halt"\nfor_s = 0\n',
         ":3: market[0].for_s: is 0, should be greater than 0"),
        ('[[market]]\nedit = "gap"\n', ":1: market[0].pair: is missing"),
        ("name = \n", "no TOML: Invalid value"),
        ("faults = 3\n", ":1: faults: is 3, should be a valid tuple"),
    ],
)  # fmt: skip
def test_errors_name_line_key_value_and_the_nearest(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "s.toml"
    path.write_text(text)
    with pytest.raises(BadScenario) as raised:
        load(path)
    said = str(raised.value)
    assert said.startswith(str(path))
    assert message in said, said


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        (
            "json",
            '{\n "faults": [\n  {"fault": "close-code",\n   "code": 1}]}',
            "x:4: faults[0].code",
        ),
        ("yaml", "faults:\n- fault: reset\n  afte: 1\n", "x:3: faults[0].afte: is no field here"),
        ("json", '{"name":\n}', "x:2: no JSON"),
        ("yaml", "a: [\n", "x:2: no YAML"),
        ("json", "[]", "x: expected a table of fields, got list"),
    ],
)
def test_lines_are_found_in_json_and_yaml(form: str, text: str, message: str) -> None:
    with pytest.raises(BadScenario) as raised:
        loads(text, form, "x")
    assert str(raised.value).startswith(message)


def test_every_error_is_told_in_the_order_of_the_lines() -> None:
    text = '[[faults]]\nfault = "reset"\nafter = -1\nage_s = -1\n[[faults]]\nfault = "rest"\n'
    with pytest.raises(BadScenario) as raised:
        loads(text, "toml", "s")
    lines = [line.split(":")[1] for line in str(raised.value).splitlines()]
    assert lines == ["3", "4", "6"]


def test_what_is_neither_file_nor_ready_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnknownScenario, match="did you mean 'flapping'"):
        find("flaping")
    with pytest.raises(BadScenario, match="cannot be read"):
        find(str(tmp_path / "none.toml"))
    other = tmp_path / "s.txt"
    other.write_text(TOML)
    with pytest.raises(BadScenario, match=r"suffix is '\.txt', expected \.toml"):
        find(str(other))


def test_a_replay_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('replay = "log.jsonl"\n')
    assert load(path).replay == str(tmp_path / "log.jsonl")
