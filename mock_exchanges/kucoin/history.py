"""Candles over REST: which ones a request selects, newest first.

``startAt <= time < endAt``, at most 1500 and then the newest of them; without a start
the last 100 before the end. Intervals without trades have no row; the candle in progress
is the first row if the range reaches it.
"""

from __future__ import annotations

from mock_exchanges.core.market import Market
from mock_exchanges.core.rows import Rows
from mock_exchanges.kucoin import wire
from mock_exchanges.kucoin.errors import success
from mock_exchanges.kucoin.params import CandleQuery
from mock_exchanges.kucoin.profile import Profile


class History:
    """Answers to requests for candles."""

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile
        self._rows = Rows(market, wire.row, flat=False)

    @property
    def cached(self) -> int:
        """How many rows are kept."""
        return self._rows.kept

    def body(self, query: CandleQuery, now_ms: int) -> bytes:
        """Return the answer's body."""
        last = now_ms if query.end_ms is None else min(query.end_ms - 1, now_ms)
        if query.start_ms is None:
            rows = self._newest(query, 0, last, self._profile.limit_default, now_ms)
        else:
            start = min(query.start_ms, now_ms + 1)
            rows = self._newest(query, start, last, self._profile.limit_max, now_ms)
        return success(f"[{','.join(reversed(rows))}]")

    def _newest(
        self, query: CandleQuery, start_ms: int, last_ms: int, count: int, now_ms: int
    ) -> list[str]:
        """Return the last ``count`` rows of ``[start_ms, last_ms]``, oldest first."""
        pair, grid = query.symbol, query.grid
        first = grid.ceil(max(start_ms, self._market.first_open(pair, grid)))
        if last_ms < first:
            return []
        end = grid.floor(last_ms)
        rows: list[str] = []
        while len(rows) < count and end >= first:
            start = max(first, grid.back(end, count - len(rows) - 1))
            rows = self._rows.between(pair, grid, start, end, now_ms) + rows
            end = grid.previous(start)
        return rows
