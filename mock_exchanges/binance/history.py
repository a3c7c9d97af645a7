"""Candles over REST: which ones a request selects, and their rows.

A candle is selected by its open time; both ends are inclusive; without a start the
newest are returned, with one the oldest; the candle in progress comes last. Values out
of range are clamped to it. Outages are missing rows, quiet intervals are flat ones.
https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
"""

from __future__ import annotations

from functools import partial

from mock_exchanges.binance import wire
from mock_exchanges.binance.params import KlineQuery
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.market import Market
from mock_exchanges.core.rows import Rows


class History:
    """Rows in milliseconds and in microseconds."""

    def __init__(self, market: Market, profile: Profile) -> None:
        self._profile = profile
        self._rows = {
            micro: Rows(market, partial(wire.row, micro=micro)) for micro in (False, True)
        }

    @property
    def cached(self) -> int:
        """How many rows are kept."""
        return sum(rows.kept for rows in self._rows.values())

    def body(self, pair: str, query: KlineQuery, now_ms: int, micro: bool) -> bytes:
        """Return the answer's body."""
        rows, grid, limit = self._rows[micro], query.grid, query.limit
        latest = now_ms + self._profile.ahead_ms
        end = now_ms if query.end_ms is None else self._clamp(query.end_ms, latest)
        if query.start_ms is None:
            found = rows.newest(pair, grid, end, limit, now_ms)
        else:
            start = self._clamp(query.start_ms, latest)
            found = rows.oldest(pair, grid, start, end, limit, now_ms)
        return f"[{','.join(found)}]".encode()

    def _clamp(self, at_ms: int, latest_ms: int) -> int:
        return min(max(at_ms, self._profile.earliest_ms), latest_ms)
