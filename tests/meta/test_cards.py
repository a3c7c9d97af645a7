"""Cards, checks and their proofs are one to one."""

from __future__ import annotations

import pytest

from conformance.card import AREAS, BadCard, Card, cards
from conformance.registry import check, checks
from tests.gallery import defective, demo, field


def test_cards_and_checks_are_one_to_one() -> None:
    assert [item.card.id for item in checks()] == list(cards())


@pytest.mark.parametrize("card", cards().values(), ids=lambda card: str(card.id))
def test_a_card_is_whole(card: Card) -> None:
    if "adapter" in card.judges:  # defects of feeds: test_feeds.py
        assert any(hasattr(home, card.defect) for home in (defective, demo, field))
    assert len(card.title) < 80
    assert not card.title.endswith(".")
    assert card.rule.endswith(".")
    assert card.id not in card.depends


def test_each_check_of_gaps_and_stalls_has_its_mirror_both_ways() -> None:
    of_silence = [card for card in cards().values() if card.area in ("GAP", "STALL")]
    assert [card.id for card in of_silence if not card.mirror] == []
    mirrored = {card.id: card.mirror for card in cards().values() if card.mirror}
    assert {id_: mirrored[mirror] for id_, mirror in mirrored.items()} == {
        id_: id_ for id_ in mirrored
    }


def test_ids_are_of_families_and_numbered() -> None:
    families = {card.area for card in cards().values()}
    known = (
        "LOAD URL TOKEN LOGIN PAIR PAY INTV PARSE REST HB STALL RECON GAP FALL "
        "FIELD ALIGN PAGE FINAL ORDER SUB LIMIT LIFE"
    )
    assert families <= set(known.split())
    assert AREAS[0] == "load"


def test_a_check_without_a_card_is_refused_with_the_nearest() -> None:
    async def judge(case: object) -> None: ...

    with pytest.raises(BadCard, match=r"no card for check 'PARSE-99'; the nearest is PARSE-0"):
        check("PARSE-99")(judge)


def test_a_check_that_is_not_async_is_refused() -> None:
    def judge(case: object) -> None: ...

    with pytest.raises(BadCard, match=r"registered twice|must be an async function"):
        check("PARSE-01")(judge)  # type: ignore[arg-type]
