"""The kit for gates: the action and the workflow are valid, and do what they say."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli.arguments import COMMANDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/gatekeepers.md").read_text("utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
_COMMAND = re.compile(r"(?:^|`|\$ )conformance ([a-z]+)", re.MULTILINE)


def step(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(s for s in ACTION["runs"]["steps"] if s.get("name") == name)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with an adapter, and a path on which the commands are found."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, words in (("python", ""), ("conformance", "-m conformance.cli ")):
        file = commands / name
        file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words}"$@"\n')
        file.chmod(0o755)
    (tmp_path / "mine.py").write_text(
        "from reference_adapters import BinanceAdapter as Mine\n\n\n"
        "class Minutes(Mine):\n"
        "    def get_supported_intervals(self):\n"
        "        return {k: v // 60 for k, v in super().get_supported_intervals().items()}\n"
    )
    return tmp_path


def run(folder: Path, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run a step of the action as a runner would."""
    made = step(name)
    given = {key: str(value.get("default", "")) for key, value in ACTION["inputs"].items()}
    given.update(inputs)
    env = {
        key: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: given[found[1]], value)
        for key, value in made.get("env", {}).items()
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", made["run"]],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={
            **os.environ, **env, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(folder / "output"), "GITHUB_STEP_SUMMARY": str(folder / "page.md"),
        },
    )  # fmt: skip


def test_the_action_has_its_inputs_and_uses_each() -> None:
    wanted = {"adapter", "exchange", "python-version", "known", "strict", "args"}
    assert wanted <= set(ACTION["inputs"])
    text = (ROOT / "action.yml").read_text("utf-8")
    for name in ACTION["inputs"]:
        assert f"${{{{ inputs.{name} }}}}" in text, name
        assert f"| `{name}` |" in PAGE
    for made in ACTION["runs"]["steps"]:
        assert "${{" not in made.get("run", ""), "an input in a script is run as one"


def test_the_action_judges_and_tells(folder: Path) -> None:
    done = run(folder, "check", adapter="mine.Mine", args="-k\nURL-01 or INTV-02")
    assert done.returncode == 0, done.stdout + done.stderr
    told = run(folder, "tell")
    assert told.returncode == 0, told.stderr
    assert (folder / "page.md").read_text("utf-8").startswith("## Conformance: ✅ passed")
    assert '"passing"' in (folder / "conformance-badge.json").read_text("utf-8")
    output = dict(line.split("=") for line in (folder / "output").read_text().splitlines())
    assert set(output) == set(ACTION["outputs"])
    assert all((folder / name).is_file() for name in output.values())


def test_the_action_fails_for_findings_and_takes_every_input(folder: Path) -> None:
    done = run(
        folder, "check", adapter="mine.Mine\nmine.Minutes", exchange="binance", strict="true",
        args="-k\nINTV-02\n--conformance-seed=3",
    )  # fmt: skip
    assert done.returncode == 1
    assert "mine.Minutes on binance, seed 3" in done.stdout
    assert run(folder, "tell").returncode == 0
    assert "**FAIL INTV-02**" in (folder / "page.md").read_text("utf-8")
    wrong = run(folder, "check", adapter="mine.Mine", known="none.toml")
    assert wrong.returncode == 4


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_workflow_is_valid_and_runs_what_exists() -> None:
    for text in blocks("yaml"):
        assert yaml.safe_load(text)
    workflow = yaml.safe_load(blocks("yaml")[0])
    [job] = workflow["jobs"].values()
    lines = [made["run"] for made in job["steps"] if "run" in made]
    assert [line.split()[0] for line in lines] == ["pip", "pytest", "conformance", "conformance"]
    assert all("uses" in made or "run" in made for made in job["steps"])


def test_the_commands_exist() -> None:
    text = PAGE + "\n".join(s.get("run", "").replace("  ", "") for s in ACTION["runs"]["steps"])
    found = set(_COMMAND.findall(text))
    assert {"init", "summary", "badge", "known"} <= found
    assert found <= set(COMMANDS)


def test_the_example_of_known_failures_is_right(tmp_path: Path) -> None:
    from datetime import date

    from conformance.known import load

    file = tmp_path / "k.toml"
    file.write_text(blocks("toml")[0], "utf-8")
    [entry] = load(file, date(2026, 1, 1)).entries
    assert entry.expires == date(2027, 1, 31)


def test_every_exit_code_is_told() -> None:
    assert re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE) == list("012345")
