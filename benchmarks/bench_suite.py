"""How long a run of the suite takes. Run: ``pytest benchmarks/bench_suite.py``.

Wall time of whole processes. The yardstick is pytest with one test that does nothing.
"""

from __future__ import annotations

import functools
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conformance import clock
from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from reference_adapters import BinanceAdapter

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


@pytest.mark.benchmark(group="wall time of a run")
def test_reference_adapter_in_two_processes(benchmark: Any, tmp_path: Path) -> None:
    arguments = (tmp_path, "--adapter", "reference_adapters.BinanceAdapter", "-n", "2")
    benchmark.pedantic(run, arguments, rounds=ROUNDS, warmup_rounds=1)


class Timed(BinanceAdapter):
    """The reference adapter, with a watch on the methods that do its work."""

    spent_s = 0.0


def _timed(name: str) -> Any:
    @functools.wraps(getattr(BinanceAdapter, name))
    def call(self: Timed, *args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return getattr(super(Timed, self), name)(*args, **kwargs)  # static ones, too
        finally:
            Timed.spent_s += time.thread_time() - began

    return call


for _name in ("parse_ws_message", "get_ws_subscription_payload", "get_trading_pair_format"):
    setattr(Timed, _name, _timed(_name))


@pytest.mark.benchmark(group="share of a run")
def test_share_that_is_not_the_adapters(benchmark: Any) -> None:
    """The ratio stands under extra_info: CPU outside the adapter to all CPU of the checks."""
    clock.install()
    trust = Trust()
    shares = []

    def run_all() -> None:
        Timed.spent_s, began = 0.0, time.thread_time()
        results = Suite(Setting(load(f"{__name__}:Timed"), "binance"), trust).run_all()
        assert not any(result.gates() for result in results)
        shares.append(1 - Timed.spent_s / (time.thread_time() - began))

    try:
        benchmark.pedantic(run_all, rounds=3, warmup_rounds=1)
    finally:
        trust.close()
    benchmark.extra_info["share not the adapter's"] = round(statistics.median(shares), 3)
