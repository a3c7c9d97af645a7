"""The same seed gives the same bytes and the same verdicts."""

from __future__ import annotations

from typing import Any

from conformance.loading import load
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust


def outcome(trust: Trust, adapter: str, seed: int, backwards: bool = False) -> list[dict[str, Any]]:
    suite = Suite(Setting(load(adapter), "binance", seed), trust)
    plan = suite.plan()
    results = [
        suite.run(check, interval) for check, interval in (reversed(plan) if backwards else plan)
    ]
    return sorted(
        (r.as_data() for r in results), key=lambda data: (data["id"], data["interval"] or "")
    )


def test_two_runs_are_equal_to_the_byte_in_any_order() -> None:
    trust = Trust()
    try:
        for adapter in (
            "reference_adapters:BinanceAdapter",
            "tests.gallery.defective:SubscribesOnlyUntilConfirmed",
        ):
            first = outcome(trust, adapter, 1)
            assert outcome(trust, adapter, 1, backwards=True) == first
    finally:
        trust.close()


def test_another_seed_is_another_market() -> None:
    trust = Trust()
    try:
        path = "tests.gallery.defective:ParseSwapsHighAndClose"
        rows = [
            Suite(Setting(load(path), "binance", seed), trust).run(get("PARSE-01"), "1m").rows
            for seed in (1, 2)
        ]
        assert rows[0] != rows[1]
    finally:
        trust.close()
