"""Candles for REST answers, as encoded rows: closed ones are written once and kept."""

from __future__ import annotations

from collections.abc import Callable

from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market


class Rows:
    """Rows of a market's candles, oldest first, the running candle last.

    ``write`` encodes a candle; ``flat`` is whether intervals without trades have a row.
    At most about ``keep`` rows are kept. A candle belongs to a range by its open time;
    all ranges are inclusive. Halted intervals have no row.
    """

    def __init__(
        self,
        market: Market,
        write: Callable[[Candle], str],
        *,
        flat: bool = True,
        keep: int = 100_000,
    ) -> None:
        self._market = market
        self._write = write
        self._flat = flat
        self._keep = keep
        # "" stands for a candle that has no row
        self._rows: dict[tuple[str, Grid], dict[int, str]] = {}
        self._count = 0
        self._edition = market.edition

    @property
    def kept(self) -> int:
        """How many rows are kept."""
        return sum(map(len, self._rows.values()))

    def between(self, pair: str, grid: Grid, start_ms: int, end_ms: int, now_ms: int) -> list[str]:
        """Return the rows of the candles that open from ``start_ms`` up to ``end_ms``."""
        start = grid.ceil(max(start_ms, self._market.first_open(pair, grid)))
        running = grid.floor(now_ms)
        rows = self._closed(pair, grid, start, min(end_ms + 1, running))
        if start <= running <= end_ms:
            candle = self._market.at(pair, grid, now_ms)
            if candle is not None and (self._flat or candle.trades):
                rows.append(self._write(candle))
        return rows

    def newest(self, pair: str, grid: Grid, end_ms: int, count: int, now_ms: int) -> list[str]:
        """Return the last ``count`` rows up to ``end_ms``, whatever is missing in between."""
        first = grid.ceil(self._market.first_open(pair, grid))
        end = grid.floor(min(end_ms, now_ms))
        rows: list[str] = []
        while len(rows) < count and end >= first:
            start = max(first, grid.back(end, count - len(rows) - 1))
            rows = self.between(pair, grid, start, end, now_ms) + rows
            end = grid.previous(start)
        return rows

    def oldest(
        self, pair: str, grid: Grid, start_ms: int, end_ms: int, count: int, now_ms: int
    ) -> list[str]:
        """Return the first ``count`` rows from ``start_ms`` up to ``end_ms``."""
        start = grid.ceil(max(start_ms, self._market.first_open(pair, grid)))
        end = grid.floor(min(end_ms, now_ms))
        rows: list[str] = []
        while len(rows) < count and start <= end:
            last = min(end, grid.ahead(start, count - len(rows) - 1))
            rows += self.between(pair, grid, start, last, now_ms)
            start = grid.next(last)
        return rows

    def _closed(self, pair: str, grid: Grid, start_ms: int, end_ms: int) -> list[str]:
        opens = grid.opens(start_ms, end_ms)
        if not opens:
            return []
        if self._count > self._keep or self._edition != self._market.edition:
            self._edition = self._market.edition
            self._rows.clear()
            self._count = 0
        rows = self._rows.setdefault((pair, grid), {})
        missing = [opened for opened in opens if opened not in rows]
        if missing:
            before = len(rows)
            rows.update(dict.fromkeys(missing, ""))
            stop = grid.next(missing[-1])
            for candle in self._market.candles(pair, grid, missing[0], stop):
                if self._flat or candle.trades:
                    rows[candle.open_ms] = self._write(candle)
            self._count += len(rows) - before
        return [row for opened in opens if (row := rows[opened])]
