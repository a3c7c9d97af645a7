"""Every fact has a source that can be looked up, and names choose among profiles."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mock_exchanges.core.facts import Fact, facts
from mock_exchanges.okx.intervals import INTERVALS, meant
from mock_exchanges.okx.profile import BUSINESS, PROFILES, PUBLIC, profile

ALL = [pytest.param(fact, id=f"{day}-{fact.name}") for day in PROFILES
       for fact in facts(PROFILES[day])]  # fmt: skip
GUIDE = Path(__file__).parents[3] / "docs" / "exchanges" / "okx.md"


@pytest.mark.parametrize("fact", ALL)
def test_fact_has_a_source_and_a_date(fact: Fact) -> None:
    assert len(fact.source.text) > 10
    assert date(2022, 6, 1) <= date.fromisoformat(fact.source.checked) <= date(2026, 12, 31)
    if fact.source.trust == "documented":
        assert "https://www.okx.com/" in fact.source.text


def test_all_but_the_date_are_facts() -> None:
    names = {fact.name for fact in facts(profile())}
    assert set(type(profile()).__dataclass_fields__) - names == {"date"}


def test_the_newest_date_is_the_default() -> None:
    assert profile() is profile("2026-07-20")
    assert profile().candle_paths == (BUSINESS,)


def test_until_2023_candles_came_on_public() -> None:
    old = profile("2023-06-19")
    assert old.candle_paths == (PUBLIC, BUSINESS)
    assert (old.columns, old.conn_id, old.history_limit_max) == (9, False, 100)


def test_the_guide_prints_seven_columns() -> None:
    differs = {
        fact.name for fact, usual in zip(facts(profile("guide")), facts(profile()), strict=True)
        if fact.value != usual.value
    }  # fmt: skip
    assert differs == {"columns"}
    assert profile("guide").columns == 7


def test_an_unknown_date_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'2020-01-01' \(known: 2023-06-19, 2026-07-20, guide\)"):
        profile("2020-01-01")


def test_intervals_are_the_documented_ones() -> None:
    short = "1s 1m 3m 5m 15m 30m 1H 2H 4H"
    long = "6H 12H 1D 2D 3D 5D 1W 1M 3M"
    assert {*INTERVALS} == {*short.split(), *long.split(), *(f"{x}utc" for x in long.split())}
    assert [grid.length_ms for grid in INTERVALS.values()] == sorted(
        grid.length_ms for grid in INTERVALS.values()
    )


@pytest.mark.parametrize(
    ("name", "opened"),
    [
        ("4H", "2026-07-25 16:00"),
        ("6H", "2026-07-25 16:00"),
        ("6Hutc", "2026-07-25 12:00"),
        ("12H", "2026-07-25 16:00"),
        ("12Hutc", "2026-07-25 12:00"),
        ("1D", "2026-07-25 16:00"),
        ("1Dutc", "2026-07-25 00:00"),
        ("1W", "2026-07-19 16:00"),
        ("1Wutc", "2026-07-20 00:00"),
        ("1M", "2026-06-30 16:00"),
        ("1Mutc", "2026-07-01 00:00"),
        ("3M", "2026-06-30 16:00"),
        ("3Mutc", "2026-07-01 00:00"),
    ],
)
def test_days_begin_at_midnight_of_their_zone(name: str, opened: str) -> None:
    at = INTERVALS[name].floor(1_785_000_000_000)  # 2026-07-25 17:20
    assert datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M") == opened


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("1m", ["1m"]),
        ("1h", ["1H"]),
        ("6h", ["6Hutc", "6H"]),
        ("1d", ["1Dutc", "1D"]),
        ("1w", ["1Wutc", "1W"]),
        ("1M", ["1Mutc", "1M"]),
        ("8h", []),
        ("1H", []),
        ("1D", []),
        ("1Dutc", []),
        ("", []),
    ],
)
def test_names_of_frameworks(name: str, found: list[str]) -> None:
    assert meant(name) == found


def test_the_guide_lists_every_guess() -> None:
    guide = GUIDE.read_text()
    guesses = {fact.name for each in PROFILES.values() for fact in facts(each)
               if fact.source.trust == "guess"}  # fmt: skip
    assert guesses
    assert [name for name in sorted(guesses) if f"`{name}`" not in guide] == []
