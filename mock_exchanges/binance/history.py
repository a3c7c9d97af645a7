"""Candles over REST: which ones a request selects, and their rows.

A candle is selected by its open time; both ends are inclusive; without a start the
newest are returned, with one the oldest; the candle in progress comes last. Values out
of range are clamped to it. Outages are missing rows, quiet intervals are flat ones.
https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
"""

from __future__ import annotations

from mock_exchanges.binance import wire
from mock_exchanges.binance.params import KlineQuery
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.market import Market

_CACHED_ROWS = 100_000


class History:
    """Rows of closed candles are written once and kept, a bounded number of them."""

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile
        # "" stands for a candle that does not exist.
        self._rows: dict[tuple[str, Grid, bool], dict[int, str]] = {}
        self._count = 0

    @property
    def cached(self) -> int:
        """How many rows are kept."""
        return sum(map(len, self._rows.values()))

    def body(self, pair: str, query: KlineQuery, now_ms: int, micro: bool) -> bytes:
        """Return the answer's body."""
        rows = self._select(pair, query, now_ms, micro)
        return f"[{','.join(rows)}]".encode()

    def _select(self, pair: str, query: KlineQuery, now_ms: int, micro: bool) -> list[str]:
        grid, limit = query.grid, query.limit
        running = grid.floor(now_ms)
        latest = now_ms + self._profile.ahead_ms
        end = running if query.end_ms is None else grid.floor(self._clamp(query.end_ms, latest))
        first = grid.ceil(self._market.first_open(pair, grid))
        if query.start_ms is None:
            return self._newest(pair, grid, first, min(end, running), limit, now_ms, micro)
        start = max(first, grid.ceil(self._clamp(query.start_ms, latest)))
        return self._oldest(pair, grid, start, min(end, running), limit, now_ms, micro)

    def _clamp(self, at_ms: int, latest_ms: int) -> int:
        return min(max(at_ms, self._profile.earliest_ms), latest_ms)

    def _newest(
        self, pair: str, grid: Grid, first: int, end: int, limit: int, now_ms: int, micro: bool
    ) -> list[str]:
        found: list[str] = []
        while len(found) < limit and end >= first:
            start = max(first, grid.back(end, limit - len(found) - 1))
            found = self._between(pair, grid, start, end, now_ms, micro) + found
            end = grid.previous(start)
        return found

    def _oldest(
        self, pair: str, grid: Grid, start: int, end: int, limit: int, now_ms: int, micro: bool
    ) -> list[str]:
        found: list[str] = []
        while len(found) < limit and start <= end:
            last = min(end, _ahead(grid, start, limit - len(found) - 1))
            found += self._between(pair, grid, start, last, now_ms, micro)
            start = grid.next(last)
        return found

    def _between(
        self, pair: str, grid: Grid, start: int, end: int, now_ms: int, micro: bool
    ) -> list[str]:
        """Return the rows of the existing candles that open from ``start`` up to ``end``."""
        running = grid.floor(now_ms)
        found = self._closed(pair, grid, start, min(grid.next(end), running), micro)
        if end >= running:
            candle = self._market.at(pair, grid, now_ms)
            if candle is not None:
                found.append(wire.row(candle, micro=micro))
        return found

    def _closed(self, pair: str, grid: Grid, start: int, end: int, micro: bool) -> list[str]:
        opens = grid.opens(start, end)
        if not opens:
            return []
        if self._count > _CACHED_ROWS:
            self._rows.clear()
            self._count = 0
        rows = self._rows.setdefault((pair, grid, micro), {})
        missing = [opened for opened in opens if opened not in rows]
        if missing:
            before = len(rows)
            rows.update(dict.fromkeys(missing, ""))
            stop = grid.next(missing[-1])
            for candle in self._market.candles(pair, grid, missing[0], stop):
                rows[candle.open_ms] = wire.row(candle, micro=micro)
            self._count += len(rows) - before
        return [row for opened in opens if (row := rows[opened])]


def _ahead(grid: Grid, open_ms: int, count: int) -> int:
    """Return the open time ``count`` candles after ``open_ms``."""
    if not grid.months:
        return open_ms + count * grid.length_ms
    for _ in range(count):
        open_ms = grid.next(open_ms)
    return open_ms
