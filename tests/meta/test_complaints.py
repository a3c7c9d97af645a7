"""The complaints most often made in public each have a check, and a feed that fails it.

Counted over 150 public threads of users and authors of adapters, feeds and bots: how often
each check would have caught what they complain about. The threads stand on the cards.
"""

from __future__ import annotations

import pytest

from conformance.card import cards
from tests.meta.test_feeds import PROVE

# check -> (complaint, threads)
COMPLAINTS = {
    "STALL-01": ("the stream goes silent and nobody notices", 19),
    "HB-02": ("the connection is cut for want of the client's ping", 15),
    "RECON-03": ("after a reconnect subscriptions are missing", 12),
    "STALL-05": ("nobody is told of the silence", 10),
    "GAP-04": ("a quiet market is taken for a fault, or filled with nonsense", 10),
    "GAP-01": ("candles that closed during a disconnect are lost", 8),
    "FINAL-01": ("a running candle is taken for a closed one", 8),
    "RECON-01": ("it does not come back after a break", 7),
    "GAP-02": ("single candles are missing, and nobody notices", 7),
    "STALL-03": ("a stream never says its first word", 6),
    "TOKEN-01": ("the token has expired at the reconnect", 5),
    "RECON-04": ("it reconnects in a tight loop", 5),
    "LIMIT-01": ("a start with many pairs meets the request limit", 5),
    "FIELD-03": ("candles of 1970, or of the year 50000", 5),
    "SUB-02": ("a refused subscription is only logged", 4),
    "RECON-05": ("it gives up after some attempts, in silence", 4),
    "RECON-07": ("the cut after 24 hours costs candles", 4),
}


def test_there_are_fifteen_and_more_by_weight() -> None:
    weights = [threads for _, threads in COMPLAINTS.values()]
    assert len(COMPLAINTS) >= 15
    assert weights == sorted(weights, reverse=True)


@pytest.mark.parametrize("check_id", COMPLAINTS)
def test_a_defective_feed_fails_the_check_of_each(check_id: str) -> None:
    card = cards()[check_id]
    assert "feed" in card.judges
    assert any("#" in source for source in card.sources), "a public thread stands on the card"
    assert any(proved == check_id for _, proved, _ in PROVE.values())
