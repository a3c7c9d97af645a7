"""Every check of feeds can fail, on a defective feed, and no right feed is flagged."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from conformance.card import cards
from conformance.loading import FEED, load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Severity, Verdict
from tests.gallery import feeds
from tests.meta import matrix

# name -> (module, check that it fails, exchange)
PROVE: dict[str, tuple[str, str, str]] = {}
# (path, exchange) of the right ones
GOOD: list[tuple[str, str]] = []
for info in pkgutil.iter_modules(feeds.__path__):
    home = f"{feeds.__name__}.{info.name}"
    for name, exchange in getattr(import_module(home), "GOOD", {}).items():
        GOOD.append((f"{home}:{name}", exchange))
    for name, (check_id, exchange) in getattr(import_module(home), "PROVE", {}).items():
        assert name not in PROVE, f"{name} is written in {home} and in {PROVE[name][0]}"
        PROVE[name] = home, check_id, exchange
# checks that judge feeds, and are proved by a defective adapter in test_gallery.py
SHARED = {card.id for card in cards().values() if set(card.judges) == {"adapter", "feed"}}


@pytest.mark.parametrize("name", sorted(PROVE))
def test_a_defect_fails_its_own_check_and_nothing_unrelated(name: str, trust: Trust) -> None:
    home, check_id, exchange = PROVE[name]
    suite = Suite(Setting(load(f"{home}:{name}", wanted=FEED), exchange), trust)
    results = matrix.judge(suite, name, check_id, near_share=2)
    own = {Severity.MUST: Verdict.FAIL, Severity.SHOULD: Verdict.LOOSE, Severity.INFO: Verdict.INFO}
    flagged = [r for r in results if r.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    flagged = [r for r in flagged if r.verdict is not Verdict.INFO or r.id == check_id]
    findings = {r.id for r in flagged if r.consequence_of is None}
    assert findings == {check_id}, [(r.where, r.verdict, r.headline) for r in flagged]
    assert {r.verdict for r in flagged if r.id == check_id} == {own[cards()[check_id].severity]}
    assert all(r.headline and r.sources for r in flagged)


@pytest.mark.parametrize(("path", "exchange"), GOOD, ids=[p.partition(":")[2] for p, _ in GOOD])
def test_a_right_feed_is_not_flagged(path: str, exchange: str, trust: Trust) -> None:
    # one of two markets; both with the whole matrix
    seeds = (1, 20) if matrix.WHOLE else (1 + 19 * (len(path) % 2),)
    factory = load(path, wanted=FEED)
    suites = [Suite(Setting(factory, exchange, seed), trust) for seed in seeds]
    whole = matrix.WHOLE or path.endswith(":BinanceFeed")
    results = [
        result
        for suite in suites
        for result in (suite.run_all() if whole else matrix.some(suite, path))
    ]
    assert [(r.where, r.verdict, r.headline) for r in results if r.gates(strict=True)] == []
    assert any(r.verdict is Verdict.PASS for r in results)


def test_every_check_of_feeds_has_a_defect_that_proves_it() -> None:
    proved = {check_id for _, check_id, _ in PROVE.values()}
    judging = {card.id for card in cards().values() if "feed" in card.judges}
    assert judging - proved - SHARED == set()
    for card in cards().values():
        if card.judges == ("feed",):
            assert card.defect in PROVE and PROVE[card.defect][1] == card.id, card.id
