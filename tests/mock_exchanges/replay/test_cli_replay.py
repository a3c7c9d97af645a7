"""``serve --record`` and ``serve --replay``: what a user does with a failing run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from mock_exchanges.cli import main
from mock_exchanges.core.journal import Entry
from mock_exchanges.replay import as_line, read

ENDS_WITHIN_S = 30


def asked(file: Path, *options: str) -> tuple[int, bytes, list[str]]:
    """Serve, ask once, end it; return the answer and the kinds in the file before the end."""
    command = [sys.executable, "-m", "mock_exchanges.cli", "serve", "demo", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            rest = json.loads(process.stdout.readline())["demo"]["rest"]
            with urllib.request.urlopen(
                f"{rest}/api/v1/candles?symbol=BTC-USDT&interval=1m"
            ) as answer:
                found = answer.status, answer.read()
            kinds: list[str] = [entry.kind for entry in read(file)]
            process.send_signal(signal.SIGTERM)
            assert process.wait(ENDS_WITHIN_S) == 0
        finally:
            process.kill()
    return *found, kinds


def test_a_server_records_and_another_replays(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    status, body, kinds = asked(file, "--record", str(file), "--seed", "5")
    assert (status, kinds) == (200, ["request", "response"])
    fields = json.loads(file.read_text().splitlines()[0])
    assert sorted(fields) == ["at_ms", "connection", "kind", "real_s", "text"]
    assert asked(file, "--replay", str(file))[:2] == (status, body)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--replay", "{none}"], "cannot be read: No such file"),
        (["--replay", "{bad}"], "bad.jsonl, line 1: kind is 'im', expected one of"),
        (["--record", "{none}/x"], "cannot be written: No such file"),
        (["--replay", "{bad}", "--record", "{bad}"], "expected two files"),
        (["binance", "--record", "{none}"], "--record is of one exchange; 2 are named"),
        (["--reply", "{bad}"], "did you mean --replay?"),
    ],
)
def test_what_cannot_be_is_said(
    options: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(as_line(Entry(1, "in", 0, "")).replace('"in"', '"im"'))
    said = [each.format(none=tmp_path / "none", bad=bad) for each in options]
    assert main(["serve", "demo", *said]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
