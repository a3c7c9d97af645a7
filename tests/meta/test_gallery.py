"""Every check can fail, and no right adapter is flagged."""

from __future__ import annotations

import pytest

from conformance.card import cards
from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Severity, Verdict
from reference_adapters import BinanceAdapter
from tests.gallery import defective, demo, fair, field
from tests.meta import matrix


def judge(path: str, exchange: str, trust: Trust) -> list[Result]:
    return matrix.some(Suite(Setting(load(path), exchange), trust), path, share=4)


def defects() -> list[tuple[str, str, str]]:
    """Return (adapter, exchange, check that it fails)."""
    found = []
    for card in cards().values():
        if "adapter" not in card.judges:
            continue  # proved by a feed: test_feeds.py
        if hasattr(defective, card.defect):
            found.append((f"tests.gallery.defective:{card.defect}", "binance", card.id))
        else:
            assert {**demo.PROVE, **field.PROVE}[card.defect][0] == card.id
    for name, check_id in defective.ALSO_PROVE.items():
        found.append((f"tests.gallery.defective:{name}", "binance", check_id))
    for home in (demo, field):
        for name, (check_id, exchange) in home.PROVE.items():
            found.append((f"{home.__name__}:{name}", exchange, check_id))
    return found


@pytest.mark.parametrize(
    ("path", "exchange", "check_id"), defects(), ids=[d[0].partition(":")[2] for d in defects()]
)
def test_a_defect_fails_its_own_check_and_nothing_unrelated(
    path: str, exchange: str, check_id: str, trust: Trust
) -> None:
    suite = Suite(Setting(load(path), exchange), trust)
    results = matrix.judge(suite, path.rpartition(":")[2], check_id)
    own = {Severity.MUST: Verdict.FAIL, Severity.SHOULD: Verdict.LOOSE, Severity.INFO: Verdict.INFO}
    verdict = own[cards()[check_id].severity]
    flagged = [r for r in results if r.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    # an observation is no finding, but where it is what the check is for
    flagged = [r for r in flagged if r.verdict is not Verdict.INFO or r.id == check_id]

    findings = {r.id for r in flagged if r.consequence_of is None}
    assert findings == {check_id}, [(r.where, r.headline) for r in flagged if r.finding]
    assert {r.verdict for r in flagged if r.id == check_id} == {verdict}
    # whatever else is told as a consequence leads back to it
    assert {r.consequence_of for r in flagged} - {None} <= {check_id} | {
        r.id for r in flagged if r.consequence_of
    }
    assert all(r.headline and r.sources for r in flagged)


@pytest.mark.parametrize(
    ("adapter", "exchange"),
    [*((adapter, "binance") for adapter in fair.FAIR), *fair.FAIR_ELSEWHERE.items()],
)
def test_a_right_adapter_of_unusual_style_is_not_flagged(
    adapter: type, exchange: str, trust: Trust
) -> None:
    results = judge(f"tests.gallery.fair:{adapter.__name__}", exchange, trust)
    flagged = [(r.where, r.verdict, r.headline) for r in results if r.gates(strict=True)]
    assert flagged == []
    assert sum(r.verdict is Verdict.PASS for r in results) > (10 if matrix.WHOLE else 0)


RIGHT = [
    ("reference_adapters:BinanceAdapter", "binance"),
    ("reference_adapters:BinanceAdapter", "binance@2025-01-27"),
    ("reference_adapters:CoinbaseAdapter", "coinbase"),
    ("reference_adapters:OKXAdapter", "okx"),
    ("reference_adapters:KuCoinAdapter", "kucoin"),
    ("reference_adapters:KuCoinAdapter", "tests.gallery.sparse:create"),
    ("reference_adapters:DemoAdapter", "demo"),
    ("reference_adapters.demo:DemoLoginAdapter", "demo@login"),
    ("reference_adapters.demo:DemoTokenAdapter", "demo@token"),
]


@pytest.mark.parametrize(("path", "exchange"), RIGHT)
@pytest.mark.parametrize("seed", [1, 20])
def test_the_reference_adapters_pass_everything(
    path: str, exchange: str, seed: int, trust: Trust
) -> None:
    suite = Suite(Setting(load(path), exchange, seed), trust)
    # a day goes by in one of the two markets
    results = suite.run_all() if seed == 1 else matrix.some(suite, path, share=4)
    assert [(r.where, r.verdict, r.headline) for r in results if r.gates(strict=True)] == []
    assert {r.verdict for r in results} <= {Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INFO}


def test_right_adapters_pass_every_check_somewhere(trust: Trust) -> None:
    passed: set[str] = set()
    for path, exchange in RIGHT:
        suite = Suite(Setting(load(path), exchange), trust)
        for check, interval in suite.plan():
            if check.card.id not in passed:
                result = suite.run(check, interval)
                passed |= {check.card.id} if result.verdict is Verdict.PASS else set()
    assert passed == {card.id for card in cards().values() if "adapter" in card.judges}


def test_every_defective_adapter_of_the_gallery_is_held_to_a_check() -> None:
    written = {
        name
        for name, value in vars(defective).items()
        if isinstance(value, type)
        and issubclass(value, BinanceAdapter)
        and value is not BinanceAdapter
    }
    written |= {
        name
        for home in (demo, field)
        for name, value in vars(home).items()
        if isinstance(value, type) and value.__module__ == home.__name__
    }
    used = {path.partition(":")[2] for path, _, _ in defects()}
    assert written <= used
