"""The same seed gives the same bytes and the same verdicts, in any order, alone and in parallel."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.card import DEAREST
from conformance.loading import ADAPTER, FEED, Wanted, load
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from tests.meta import matrix

RUNS = 10 if matrix.WHOLE else 2
CHOSEN = () if matrix.WHOLE else ("-k", "PAY or REST or RECON or HB")
ROOT = Path(__file__).parents[2]

ADAPTERS = [
    ("reference_adapters:BinanceAdapter", "binance", ADAPTER),
    ("tests.gallery.defective:SubscribesOnlyUntilConfirmed", "binance", ADAPTER),
]
FEEDS = [
    ("tests.gallery.feeds.good:KuCoinFeed", "kucoin", FEED),
    ("tests.gallery.feeds.stall:WaitsForEver", "demo", FEED),
]


def told(suite: Suite, order: random.Random | None) -> list[dict[str, Any]]:
    """Return all that a run says, sorted; its checks are run in an order of their own."""
    plan = [each for each in suite.plan() if matrix.WHOLE or each[0].card.id != DEAREST]
    if order is not None:
        order.shuffle(plan)
    results = [suite.run(check, interval) for check, interval in plan]
    return sorted(
        (result.as_data() for result in results),
        key=lambda data: (data["id"], data["interval"] or ""),
    )


@pytest.mark.parametrize(
    ("path", "exchange", "wanted"), [*ADAPTERS, *(FEEDS if matrix.WHOLE else ())]
)
def test_runs_in_random_order_say_the_same(
    path: str, exchange: str, wanted: Wanted, trust: Trust
) -> None:
    setting = Setting(load(path, wanted=wanted), exchange)
    first = told(Suite(setting, trust), None)
    for number in range(1, RUNS):
        assert told(Suite(setting, trust), random.Random(number)) == first


def report(path: str, file: Path, *options: str) -> str:
    """Return the JSON report of a run in a process of its own; no time of day stands in it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["--adapter", path, "--conformance-json", str(file), *CHOSEN, *options]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    return file.read_text("utf-8")


@pytest.mark.parametrize(("path", "exchange", "wanted"), ADAPTERS[1:])
def test_processes_side_by_side_say_the_same_as_one(
    path: str, exchange: str, wanted: Wanted, tmp_path: Path
) -> None:
    alone = report(path, tmp_path / "alone.json", "-p", "no:xdist")
    assert json.loads(alone)["complete"]
    for number in range(RUNS if matrix.WHOLE else 1):
        assert report(path, tmp_path / f"{number}.json", "-n", "2") == alone


def test_another_seed_is_another_market(trust: Trust) -> None:
    path = "tests.gallery.defective:ParseSwapsHighAndClose"
    rows = [
        Suite(Setting(load(path), "binance", seed), trust).run(get("PARSE-01"), "1m").rows
        for seed in (1, 2)
    ]
    assert rows[0] != rows[1]
