"""Which checks a defect is put to: its own, what is near to it, and a share of all others.

Every defect against every check takes a quarter of an hour; a share that differs from
defect to defect meets each check many times over. ``WHOLE_MATRIX=1`` leaves nothing out
(``tox -e matrix``).
"""

from __future__ import annotations

import os
import zlib

from conformance.card import Card, cards
from conformance.runner import Suite
from conformance.verdict import Result

# one of so many unrelated checks
SHARE = 10
# a day of exchange time costs as much as all other checks together, and hangs together with
# most of them
DEAR = "LIFE-04"
WHOLE = bool(os.environ.get("WHOLE_MATRIX"))


def is_asked(name: str, check_id: str, card: Card) -> bool:
    """Return whether a defect that is to fail one check is put to another."""
    own = cards()[check_id]
    near = card.area == own.area or check_id in card.depends
    if card.id == check_id or (near and card.id != DEAR):
        return True
    return _is_drawn(name, card, SHARE)


def every(suite: Suite, name: str) -> list[Result]:
    """Return the results of every check; of the dear one for one name in four, or all."""
    return [
        suite.run(check, interval)
        for check, interval in suite.plan()
        if check.card.id != DEAR or _is_drawn(name, check.card, 4)
    ]


def some(suite: Suite, name: str) -> list[Result]:
    """Return the results of every second check, other ones for each name; or of all."""
    return [
        suite.run(check, interval)
        for check, interval in suite.plan()
        if _is_drawn(name, check.card, 4 if check.card.id == DEAR else 2)
    ]


def _is_drawn(name: str, card: Card, share: int) -> bool:
    return WHOLE or zlib.crc32(f"{name}:{card.id}".encode()) % share == 0


def judge(suite: Suite, name: str, check_id: str) -> list[Result]:
    """Return the results of a defect's checks."""
    return [
        suite.run(check, interval)
        for check, interval in suite.plan()
        if is_asked(name, check_id, check.card)
    ]
