"""Candles over REST: which ones a request selects, and their rows.

Both bounds are exclusive. The answer is newest first, and cut at the old end: with
``before`` alone one gets the newest rows, not those right after it.
https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks
"""

from __future__ import annotations

from functools import partial

from mock_exchanges.core.market import Market
from mock_exchanges.core.rows import Rows
from mock_exchanges.okx import wire
from mock_exchanges.okx.params import CandleQuery
from mock_exchanges.okx.profile import Profile


class History:
    """Rows of both endpoints."""

    def __init__(self, market: Market, profile: Profile) -> None:
        self._profile = profile
        self._rows = Rows(market, partial(wire.row, columns=profile.columns))

    @property
    def cached(self) -> int:
        """How many rows are kept."""
        return self._rows.kept

    def recent(self, query: CandleQuery, now_ms: int) -> bytes:
        """Return the body of candles: the newest rows only, the running candle among them."""
        oldest = query.grid.back(query.grid.floor(now_ms), self._profile.recent_rows - 1)
        return self._body(query, oldest, now_ms, now_ms)

    def history(self, query: CandleQuery, now_ms: int) -> bytes:
        """Return the body of history-candles: complete candles."""
        closed = self._profile.history_is_closed
        newest = query.grid.floor(now_ms) - 1 if closed else now_ms
        seconds = query.bar in self._profile.history_only
        oldest = now_ms - self._profile.seconds_kept_ms if seconds else 0
        return self._body(query, oldest, newest, now_ms)

    def _body(self, query: CandleQuery, oldest_ms: int, newest_ms: int, now_ms: int) -> bytes:
        first = oldest_ms if query.before is None else max(oldest_ms, query.before + 1)
        last = newest_ms if query.after is None else min(newest_ms, query.after - 1)
        rows = self._newest(query, first, last, now_ms)
        rows.reverse()
        return f'{{"code":"0","msg":"","data":[{",".join(rows)}]}}'.encode()

    def _newest(self, query: CandleQuery, first_ms: int, last_ms: int, now_ms: int) -> list[str]:
        """Return the last rows that open from ``first_ms`` to ``last_ms``, oldest first."""
        if not 0 <= first_ms <= last_ms:
            return []
        grid, end = query.grid, query.grid.floor(last_ms)
        # In one step, but for outages: those have no rows.
        rows: list[str] = []
        while len(rows) < query.limit and end >= first_ms:
            start = max(first_ms, grid.back(end, query.limit - len(rows) - 1))
            rows = self._rows.between(query.pair, grid, start, end, now_ms) + rows
            end = grid.previous(grid.ceil(start))
        return rows
