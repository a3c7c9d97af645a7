"""The example of docs/feeds.md: ccxt as a feed, and what is certain to be found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("ccxt", reason="needs the extra: pip install exchange-conformance[clients]")

from conformance import clock
from conformance.loading import FEED, load
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Verdict


@pytest.fixture(scope="module")
def suite() -> Iterator[Suite]:
    clock.install()
    trust = Trust()
    factory = load("tests.examples.ccxt_feed:CcxtFeed", wanted=FEED)
    yield Suite(Setting(factory, "binance"), trust)
    trust.close()


@pytest.mark.parametrize("check_id", ["STALL-01", "GAP-01", "FINAL-03"])
def test_it_is_found_wanting(check_id: str, suite: Suite) -> None:
    result = suite.run(get(check_id))
    assert result.verdict is Verdict.FAIL, result.headline


@pytest.mark.parametrize("check_id", ["SUB-01", "HB-01", "FINAL-01", "FINAL-02", "RECON-09"])
def test_it_is_right_otherwise(check_id: str, suite: Suite) -> None:
    result = suite.run(get(check_id))
    assert result.verdict is Verdict.PASS, result.headline
