"""The checks, told on the screen."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import textwrap

from conformance.card import Card, cards
from conformance.cli.arguments import Misuse
from conformance.report.text import address
from mock_exchanges.core.nearest import nearest

_PER = {
    "adapter": "once",
    "interval": "interval",
    "streamed": "streamed interval",
}


def list_checks(area: str | None, as_json: bool) -> int:
    """Print the checks of a family, or all. Raises Misuse for a family that is not known."""
    found = list(cards().values())
    if area is not None:
        areas = list(dict.fromkeys(card.area for card in found))
        if area.upper() not in areas:
            near = nearest(area.upper(), areas)
            hint = f"; did you mean {near}?" if near else ""
            raise Misuse(f"--area is {area!r}, expected one of {', '.join(areas)}{hint}")
        found = [card for card in found if card.area == area.upper()]
    if as_json:
        data = [{**dataclasses.asdict(card), "area": card.area} for card in found]
        _say(json.dumps(data, indent=1, ensure_ascii=False))
        return 0
    width = max(len(card.title) for card in found)
    wide = max(len(card.id) for card in found)
    for card in found:
        _say(f"{card.id:<{wide}}  {card.severity:<6}  {card.title:<{width}}  {_PER[card.per]}")
    return 0


def explain(check_id: str) -> int:
    """Print one card in full. Raises Misuse for a check that is not known."""
    known = cards()
    card = known.get(check_id) or known.get(check_id.upper())
    if card is None:
        near = nearest(check_id.upper(), known)
        hint = f"; did you mean {near}?" if near else ""
        raise Misuse(f"there is no check {check_id!r}{hint}\nTry: conformance list")
    for line in card_lines(card, min(shutil.get_terminal_size().columns, 100)):
        _say(line)
    return 0


def card_lines(card: Card, width: int = 100) -> list[str]:
    """Return a card in full, as lines of at most ``width`` characters where words allow."""
    asked = {"adapter": "once per adapter", "interval": "per interval",
             "streamed": "per streamed interval"}[card.per]  # fmt: skip
    followers = [other.id for other in cards().values() if card.id in other.depends]
    lines = [
        *_filled(f"{card.id}  {card.title}", "", width),
        f"{card.severity}, asked {asked}; judges: {', '.join(card.judges)}",
        "",
        *_filled(" ".join(card.rule.split()), "  ", width),
        "",
        *_listed("accepted, best first", card.accepts, width),
        *_listed("grounds", [address(source) for source in card.sources], width),
    ]
    if card.disputes:
        lines += _listed("disputed", card.disputes, width)
    if card.mirror:
        lines += _listed("legal instead in", [card.mirror], width)
    lines += _listed("shown to fail by", [f"{card.defect} in tests/gallery"], width)
    lines += _listed("follows from", [", ".join(card.depends) or "nothing"], width)
    lines += _listed("followed by", [", ".join(followers) or "nothing"], width)
    return [*lines, "", f"  run it    pytest --{card.judges[0]} mypkg.mod:Mine -k {card.id}"]


def _filled(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(
        text, max(width, 40), initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _listed(label: str, items: object, width: int) -> list[str]:
    assert isinstance(items, (list, tuple))
    lines = [f"  {label}:"]
    for item in items:
        first, *rest = _filled(" ".join(str(item).split()), "      ", width)
        lines += [f"    - {first.lstrip()}", *rest]
    return lines


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
