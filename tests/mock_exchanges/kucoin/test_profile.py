"""Every fact has a source that can be looked up, and dates choose among profiles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mock_exchanges.core.facts import Fact, facts
from mock_exchanges.core.journal import Journal
from mock_exchanges.kucoin import create
from mock_exchanges.kucoin.profile import INTERVALS, PROFILES, profile
from tests.mock_exchanges.kucoin.bench import MARKET

ALL = [pytest.param(fact, id=f"{day}-{fact.name}") for day in PROFILES
       for fact in facts(PROFILES[day])]  # fmt: skip
GUIDE = Path(__file__).parents[3] / "docs" / "exchanges" / "kucoin.md"


@pytest.mark.parametrize("fact", ALL)
def test_fact_has_a_source_and_a_date(fact: Fact) -> None:
    assert len(fact.source.text) > 10
    assert date(2017, 9, 1) <= date.fromisoformat(fact.source.checked) <= date(2026, 12, 31)
    if fact.source.trust == "documented":
        assert "https://" in fact.source.text


def test_all_but_the_date_are_facts() -> None:
    names = {fact.name for fact in facts(profile())}
    assert set(type(profile()).__dataclass_fields__) - names == {"date"}


def test_the_newest_profile_is_the_default() -> None:
    assert profile() is profile("2026-09-22")
    assert (profile().token_refusal, profile().ping_interval_ms) == ("frame", 18_000)
    assert create(MARKET, Journal()).profile is profile()


def test_early_2022_can_be_asked_for() -> None:
    old = create(MARKET, Journal(), "2022-02-01").profile
    assert (old.token_refusal, old.ping_interval_ms) == ("http", 50_000)


def test_an_unknown_date_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'2020-01-01' \(known: 2022-02-01, 2026-09-22\)"):
        profile("2020-01-01")


def test_intervals_are_the_documented_fourteen() -> None:
    assert " ".join(INTERVALS) == (
        "1min 3min 5min 15min 30min 1hour 2hour 4hour 6hour 8hour 12hour 1day 1week 1month"
    )


@pytest.mark.parametrize("day", list(PROFILES))
def test_the_guide_lists_every_guess(day: str) -> None:
    guide = GUIDE.read_text()
    guesses = {fact.name for fact in facts(profile(day)) if fact.source.trust == "guess"}
    assert guesses
    assert [name for name in sorted(guesses) if f"`{name}`" not in guide] == []
