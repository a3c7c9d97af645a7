"""Every fact has a source that can be looked up, and names choose among profiles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mock_exchanges.coinbase.profile import INTERVALS, PROFILES, profile
from mock_exchanges.core.facts import Fact, facts

ALL = [
    pytest.param(fact, id=f"{day}-{fact.name}") for day in PROFILES for fact in facts(PROFILES[day])
]
PAGE = Path(__file__).parents[3] / "docs" / "exchanges" / "coinbase.md"


@pytest.mark.parametrize("fact", ALL)
def test_fact_has_a_source_and_a_date(fact: Fact) -> None:
    assert len(fact.source.text) > 10
    assert date(2022, 11, 1) <= date.fromisoformat(fact.source.checked) <= date(2026, 12, 31)
    if fact.source.trust == "documented":
        assert "https://docs.cdp.coinbase.com/" in fact.source.text


def test_all_but_the_date_are_facts() -> None:
    names = {fact.name for fact in facts(profile())}
    assert set(type(profile()).__dataclass_fields__) - names == {"date"}


def test_the_dated_profile_is_the_default() -> None:
    assert profile() is profile("2026-09-27")


def test_the_guide_differs_in_its_shapes_alone() -> None:
    usual = {fact.name: fact.value for fact in facts(profile())}
    changed = {f.name for f in facts(profile("guide")) if f.value != usual[f.name]}
    assert changed == {"client_id", "numbered", "simplified", "snapshot_candles"}


def test_an_unknown_date_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'2020-01-01' \(known: 2026-09-27, guide\)"):
        profile("2020-01-01")


def test_intervals_are_the_documented_nine() -> None:
    lengths = [60, 300, 900, 1800, 3600, 7200, 14400, 21600, 86400]
    assert [grid.seconds for grid in INTERVALS.values()] == lengths
    assert " ".join(INTERVALS) == (
        "ONE_MINUTE FIVE_MINUTE FIFTEEN_MINUTE THIRTY_MINUTE ONE_HOUR TWO_HOUR FOUR_HOUR "
        "SIX_HOUR ONE_DAY"
    )
    assert "ONE_WEEK" not in INTERVALS
    assert "ONE_WEEK" in profile().undocumented_intervals


def test_the_page_lists_every_guess() -> None:
    page = PAGE.read_text("utf-8")
    guesses = {fact.name for fact in facts(profile()) if fact.source.trust == "guess"}
    assert guesses
    assert [name for name in sorted(guesses) if f"`{name}`" not in page] == []
