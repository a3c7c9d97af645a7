"""Which checks a defect is put to: its own, those of its area, and a share of all others.

Every defect against every check takes the better part of an hour; a share that differs from
defect to defect meets each check many times over. ``WHOLE_MATRIX=1`` leaves nothing out
(``tox -e matrix``).
"""

from __future__ import annotations

import os
import zlib

from conformance.card import DEAREST, Card, cards
from conformance.runner import Suite
from conformance.verdict import Result

# one of so many checks: of other areas for a defect, of all for what is right
SHARE, RIGHT_SHARE = 40, 8
# the dearest hangs together with most of the others
DEAR_SHARE = 12
WHOLE = bool(os.environ.get("WHOLE_MATRIX"))


def is_asked(name: str, check_id: str, card: Card, near_share: int) -> bool:
    """Return whether a defect that is to fail one check is put to another."""
    near = card.area == cards()[check_id].area and card.id != DEAREST
    return card.id == check_id or _is_drawn(name, card, near_share if near else SHARE)


def some(suite: Suite, name: str, share: int = RIGHT_SHARE) -> list[Result]:
    """Return the results of one check in so many, other ones for each name; or of all.

    Of the dear one for one name in twelve.
    """
    return [
        suite.run(check, interval)
        for check, interval in suite.plan()
        if _is_drawn(name, check.card, DEAR_SHARE if check.card.id == DEAREST else share)
    ]


def every(suite: Suite, name: str) -> list[Result]:
    """Return the results of every check; of the dear one for one name in twelve, or all."""
    return some(suite, name, share=1)


def _is_drawn(name: str, card: Card, share: int) -> bool:
    return WHOLE or zlib.crc32(f"{name}:{card.id}".encode()) % share == 0


def judge(suite: Suite, name: str, check_id: str, near_share: int = 1) -> list[Result]:
    """Return the results of a defect's checks; of its own area's, one in so many."""
    return [
        suite.run(check, interval)
        for check, interval in suite.plan()
        if is_asked(name, check_id, check.card, near_share)
    ]
