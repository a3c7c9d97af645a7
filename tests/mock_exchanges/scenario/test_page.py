"""The page's one scenario is the same in Python, in TOML and for curl, and it happens so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import aiohttp

from mock_exchanges.scenario import BadScenario, Scenario, loads
from tests.mock_exchanges.faults.bench import client, play

PAGE = (Path(__file__).parents[3] / "docs/trouble.md").read_text("utf-8")


def snippet(language: str, number: int = 0) -> str:
    """Return a fenced block of the page."""
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return blocks[number]


def in_python() -> Scenario:
    found: dict[str, Any] = {}
    exec(snippet("python"), found)
    scenario: Scenario = found["scenario"]
    return scenario


def by_curl() -> Scenario:
    said = re.search(r"--json '(.*?)'", snippet("bash"), re.DOTALL)
    assert said is not None
    return Scenario.model_validate({"faults": [json.loads(said[1])]})


def test_the_three_ways_say_the_same() -> None:
    assert in_python().faults == loads(snippet("toml")).faults == by_curl().faults


def test_the_error_on_the_page_is_the_one_that_comes() -> None:
    wrong = snippet("toml").replace('"close-no-frame"', '"close-no-fram"')
    try:
        loads(wrong, "toml", "drops.toml")
    except BadScenario as error:
        assert str(error).startswith(snippet("text").strip())
    else:
        raise AssertionError("no error came")


def test_it_happens_as_it_is_written() -> None:
    async def main() -> list[str]:
        async with client("demo", scenario=in_python()) as one:
            met: list[str] = []
            while len(met) < 6:
                try:
                    ws = await one.subscribed()
                except aiohttp.WSServerHandshakeError as refused:
                    met.append(str(refused.status))
                    continue
                try:
                    await one.candles(ws, 4)
                except EOFError:
                    met.append("dropped")
            return met

    assert play(main) == ["dropped", "429", "429"] * 2
