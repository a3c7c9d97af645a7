"""Every fact has a source that can be looked up, and dates choose among profiles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mock_exchanges.binance.profile import INTERVALS, PROFILES, profile
from mock_exchanges.core.calendar import DAY_MS
from mock_exchanges.core.facts import Fact, facts

ALL = [pytest.param(fact, id=f"{day}-{fact.name}") for day in PROFILES
       for fact in facts(PROFILES[day])]  # fmt: skip
GUIDE = Path(__file__).parents[3] / "docs" / "exchanges" / "binance.md"


@pytest.mark.parametrize("fact", ALL)
def test_fact_has_a_source_and_a_date(fact: Fact) -> None:
    assert len(fact.source.text) > 10
    assert date(2017, 7, 1) <= date.fromisoformat(fact.source.checked) <= date(2026, 12, 31)
    if fact.source.trust == "documented":
        assert "https://developers.binance.com/docs/" in fact.source.text


def test_all_but_the_date_are_facts() -> None:
    names = {fact.name for fact in facts(profile())}
    assert set(type(profile()).__dataclass_fields__) - names == {"date"}


def test_the_newest_profile_is_the_default() -> None:
    assert profile() is profile("2026-07-21")
    assert (profile().ping_every_ms, profile().pong_deadline_ms) == (20_000, 60_000)


def test_the_old_heartbeat_can_be_asked_for() -> None:
    old = profile("2025-01-27")
    assert (old.ping_every_ms, old.pong_deadline_ms) == (180_000, 600_000)
    assert [fact.source.checked for fact in facts(old) if fact.name == "ping_every_ms"] == [
        "2025-01-27"
    ]


def test_an_unknown_date_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'2020-01-01' \(known: 2025-01-27, 2026-07-21\)"):
        profile("2020-01-01")


def test_intervals_are_the_documented_sixteen() -> None:
    assert " ".join(INTERVALS) == "1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M"
    assert INTERVALS["3d"].seconds == 3 * 86_400
    assert INTERVALS["1w"].floor(1_785_000_000_000) == 1_784_505_600_000  # Monday 2026-07-20
    assert INTERVALS["1M"].floor(1_785_000_000_000) == 1_782_864_000_000  # 2026-07-01
    assert INTERVALS["1d"].length_ms == DAY_MS


def test_the_guide_lists_every_guess() -> None:
    guide = GUIDE.read_text()
    guesses = {fact.name for fact in facts(profile()) if fact.source.trust == "guess"}
    assert guesses
    assert [name for name in sorted(guesses) if f"`{name}`" not in guide] == []
