"""Checks are registered with their card, or not at all."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from conformance import card as card_module
from conformance import registry
from conformance.card import BadCard, cards
from conformance.registry import check, checks, get

GOOD: dict[str, Any] = {
    "id": "PARSE-01", "title": "t", "severity": "must", "rule": "r", "accepts": ["a"],
    "sources": ["s"], "defect": "D",
}  # fmt: skip


IDS = {item.card.id for item in checks()}


def test_the_order_is_that_of_the_catalogue() -> None:
    assert [item.card.id for item in checks()] == [name for name in cards() if name in IDS]


def test_get_finds_each() -> None:
    for item in checks():
        assert get(item.card.id) is item
        assert item.card.area == item.card.id.partition("-")[0]
        assert inspect.iscoroutinefunction(item.function)


def test_an_id_is_taken_once() -> None:
    async def another(case: Any) -> None: ...

    with pytest.raises(BadCard, match="check PARSE-01 is registered twice"):
        check("PARSE-01")(another)


def test_a_check_takes_one_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CHECKS", {})

    async def two(case: Any, other: Any) -> None: ...

    with pytest.raises(BadCard, match="must be an async function of one Case"):
        check("PARSE-01")(two)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"titel": "t"}, "card 'PARSE-01' has the unknown key 'titel'; did you mean 'title'?"),
        ({"title": ""}, "f.toml: card 'PARSE-01' has no 'title'"),
        ({"sources": []}, "has no 'sources'"),
        ({"id": "parse-1"}, "f.toml: card id is 'parse-1', expected FAMILY-NN"),
        ({"per": "pair"}, "per of PARSE-01 is 'pair', expected adapter or interval or streamed"),
        ({"severity": "may"}, "severity of PARSE-01 is 'may', expected must, should or info"),
    ],
)  # fmt: skip
def test_a_wrong_card_is_told_by_key_and_value(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCard, match=re.escape(said)):
        card_module._card({**GOOD, **changes}, "f.toml")


def test_a_good_card_is_read() -> None:
    made = card_module._card({**GOOD, "depends": ["LOAD-A1"]}, "f.toml")
    assert (made.id, made.depends, made.per) == ("PARSE-01", ("LOAD-A1",), "adapter")
