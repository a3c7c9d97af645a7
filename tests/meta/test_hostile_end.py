"""A run ends, with its verdicts, whatever an adapter left behind in the process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# real seconds, on a busy machine
WITHIN_S = 60


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S
    )


def suite(adapter: str, *words: str) -> subprocess.CompletedProcess[str]:
    return run("-m", "pytest", "-p", "no:cacheprovider", "--exchange", "binance", "--adapter",
               f"tests.gallery.hostile:{adapter}", *words)  # fmt: skip


@pytest.mark.parametrize(
    ("adapter", "said"),
    [
        ("LeavesAThread", "threads of what was judged still run (for ever"),
        ("LeavesAJob", "threads of what was judged still run (own pool_0"),
        ("LeavesAChild", ""),
    ],
)
def test_a_run_ends_without_what_was_left_behind(adapter: str, said: str) -> None:
    done = suite(adapter, "-k", "URL-01")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert said in done.stderr


def test_the_exit_code_is_kept() -> None:
    done = suite("LeavesAThread", "-k", "LIFE-05")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "its thread 'for ever' goes on, and keeps the process from ending" in done.stdout


def test_a_handler_of_the_interpreters_end_does_not_keep_it() -> None:
    done = run(
        "-c",
        """
import threading
from conformance.process import ending
from conformance.process.keeping import kept
import atexit
ending._ATEXIT_S = 0.2
ending.status(5)
with kept():
    atexit.register(threading.Event().wait)
""",
    )
    assert done.returncode == 5
    assert "the process does not end by itself; it is ended" in done.stderr


def test_a_thread_that_watches_over_the_run_may_end_it() -> None:
    done = run(
        "-c",
        """
import os, threading
from conformance.process.staying import staying
begun = threading.Event()
threading.Thread(target=lambda: begun.wait() and os._exit(7), daemon=True).start()
with staying():
    begun.set()
    threading.Event().wait()
""",
    )
    assert (done.returncode, done.stderr) == (7, "")


def test_megabytes_do_not_get_into_a_report(tmp_path: Path) -> None:
    xml, results = tmp_path / "junit.xml", tmp_path / "results.json"
    done = suite("PrintsMegabytes", "-k", "URL-01", f"--junitxml={xml}", "-rA",
                 f"--conformance-json={results}")  # fmt: skip
    assert done.returncode == 1
    assert "characters left out" in done.stdout
    assert "log records of this check are left out" in done.stdout
    assert len(done.stdout) < 200_000
    assert xml.stat().st_size < 200_000 and results.stat().st_size < 50_000


GIVEN_UP = """
import signal, threading
from conformance import patience
patience._DUMB_S = {}
with patience.patience(0.2, "the adapter mine:Adapter in URL-01", last_s=0.3):
    {}
"""


def test_what_cannot_be_cut_off_ends_the_run_with_a_last_word() -> None:
    blocks = "signal.signal(signal.SIGALRM, signal.SIG_IGN); threading.Event().wait()"
    done = run("-c", GIVEN_UP.format(30, blocks))
    assert done.returncode == 1
    assert "the adapter mine:Adapter in URL-01 hangs and cannot be cut off" in done.stderr
    assert "Under pytest-xdist (-n 1) the other checks are judged all the same." in done.stderr


def test_code_that_holds_the_interpreters_lock_ends_the_run_too() -> None:
    done = run("-c", GIVEN_UP.format(0.3, "sum(range(10**13))"))
    assert done.returncode == 1
    assert "Timeout" in done.stderr and "most recent call first" in done.stderr
