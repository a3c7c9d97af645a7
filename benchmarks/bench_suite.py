"""How long a run of the suite takes. Run: ``pytest benchmarks/bench_suite.py``.

Wall time of whole processes. The yardstick is pytest with one test that does nothing.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROUNDS = 5


def run(folder: Path, *arguments: str) -> None:
    """Run pytest in a process of its own, in a folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.benchmark(group="wall time of a run")
def test_empty_run(benchmark: Any, tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text("def test_nothing():\n    pass\n", "utf-8")
    benchmark.pedantic(run, (tmp_path,), rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.benchmark(group="wall time of a run")
def test_reference_adapter(benchmark: Any, tmp_path: Path) -> None:
    arguments = (tmp_path, "--adapter", "reference_adapters.BinanceAdapter")
    benchmark.pedantic(run, arguments, rounds=ROUNDS, warmup_rounds=1)
