"""The catalogue of checks as Markdown, made from their cards. Knows nothing of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from conformance.card import Card

_FAMILIES = {
    "LOAD": "Loading the adapter, and bursts",
    "URL": "Where it connects",
    "TOKEN": "Tokens",
    "LOGIN": "Logins",
    "PAIR": "Trading pairs",
    "PAY": "Subscribing",
    "INTV": "Intervals",
    "PARSE": "Reading frames",
    "REST": "History by REST",
    "PAGE": "Page by page",
    "FIELD": "Columns and units",
    "ALIGN": "Open times and calendars",
    "FINAL": "What is closed",
    "ORDER": "Order and repeats",
    "HB": "Heartbeats",
    "STALL": "Silence",
    "RECON": "Reconnecting",
    "GAP": "Gaps",
    "FALL": "Falling back to REST",
    "SUB": "Subscriptions of feeds",
    "LIFE": "A long life",
    "LIMIT": "Limits of the exchange",
}
_JUDGED = {
    ("adapter",): "adapters",
    ("feed",): "feeds",
    ("adapter", "feed"): "adapters and feeds",
}
_ISSUE = re.compile(r"([\w.-]+/[\w.-]+)#(\d+)")
_HEAD = """\
# Checks

Every rule that the suite judges adapters and feeds by: what it asserts, what it accepts, on whose
word, and what proves that it can fail. How to read a failure: [For authors](authors.md).

A **must** that is not met fails the run. A **should** that is not met is told as `LOOSE` and
fails the run only with `--conformance-strict`. An **info** never fails it. Beside that stands
whom a check judges: *adapters*, asked method by method or put into the suite's own host
(`--adapter`), or *feeds*, which are only watched (`--feed`). Checks *per interval* run once for
each interval that the adapter names, those *per streamed interval* for each that it streams, all
others once.

This page is generated from `conformance/cards/`.
"""


def catalogue(cards: Iterable[Card]) -> str:
    """Return the whole page: an overview, then every card, by family and number."""
    families: dict[str, list[Card]] = {}
    for card in cards:
        families.setdefault(card.area, []).append(card)
    for own in families.values():
        own.sort(key=lambda card: card.id)
    parts = [_HEAD, overview(card for own in families.values() for card in own)]
    for family, own in families.items():
        parts.append(f"## {_FAMILIES[family]}\n")
        parts.extend(section(card) for card in own)
    return "\n".join(parts)


def overview(cards: Iterable[Card]) -> str:
    """Return a table with one line a card."""
    lines = ["| Check | What it asserts | Severity |", "|---|---|---|"]
    lines += [f"| {_to(card.id)} | {_cell(card.title)} | {card.severity} |" for card in cards]
    return "\n".join(lines) + "\n"


def section(card: Card) -> str:
    """Return one card, under a heading whose anchor is its id."""
    often = {"adapter": "", "interval": ", per interval", "streamed": ", per streamed interval"}[
        card.per
    ]
    lines = [
        f"### {card.id}",
        "",
        f"**{card.title}.** *{card.severity}, {_JUDGED[card.judges]}{often}*",
        "",
        card.rule.strip(),
        "",
        f"- Accepted, best first: {_listed(card.accepts)}.",
        f"- Grounds: {', '.join(source_link(source) for source in card.sources)}.",
    ]
    if card.depends:
        lines.append(
            f"- A consequence, when one of these fails: {', '.join(map(_to, card.depends))}."
        )
    lines.append(f"- Shown to fail by: `{card.defect}` in `tests/gallery`.")
    if card.disputes:
        lines.append("- Disputed:")
        lines.extend(f"    - {_with_issues(dispute)}" for dispute in card.disputes)
    return "\n".join(lines) + "\n"


def source_link(source: str) -> str:
    """Return a card's source as a link, as seen from a page in ``docs/``."""
    if source.startswith("docs/"):
        page = source.removeprefix("docs/")
        name, _, anchor = page.removesuffix(".md").partition("#")
        text = anchor or name
        return f"[the contract, `{text}`]({page})" if name == "contract.md" else f"[{text}]({page})"
    if source.startswith(("http://", "https://")):
        return f"<{source}>"
    return _with_issues(source)


def _with_issues(text: str) -> str:
    return _ISSUE.sub(r"[\g<0>](https://github.com/\1/issues/\2)", text)


def _to(check_id: str) -> str:
    return f"[{check_id}](#{check_id.lower()})"


def _listed(items: Sequence[str]) -> str:
    return "; ".join(items)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
