"""Encoded rows: the right ones, each written once, a bounded number kept."""

from __future__ import annotations

from mock_exchanges.core.calendar import MINUTE_MS, every, monthly
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.market import Market
from mock_exchanges.core.rows import Rows

NOW = 1_772_442_930_000
GRID = every(MINUTE_MS)
RUNNING = GRID.floor(NOW)
QUIET = "POWR-USDT"


class Writer:
    def __init__(self) -> None:
        self.written: list[int] = []

    def __call__(self, candle: Candle) -> str:
        self.written.append(candle.open_ms)
        return f"{candle.open_ms}{'' if candle.closed else ' running'}"


def opens(rows: list[str]) -> list[int]:
    return [int(row.split()[0]) for row in rows]


def test_between_is_inclusive_and_ends_with_the_running_candle() -> None:
    rows = Rows(Market(1), Writer())
    found = rows.between("BTC-USDT", GRID, RUNNING - 2 * MINUTE_MS, RUNNING, NOW)
    assert found == [
        str(RUNNING - 2 * MINUTE_MS),
        str(RUNNING - MINUTE_MS),
        f"{RUNNING} running",
    ]
    assert rows.between("BTC-USDT", GRID, RUNNING + 1, RUNNING + MINUTE_MS, NOW) == []
    closed = RUNNING - MINUTE_MS
    assert opens(rows.between("BTC-USDT", GRID, closed, closed, NOW)) == [closed]
    assert rows.between("BTC-USDT", GRID, closed + 1, RUNNING - 1, NOW) == []


def test_newest_and_oldest_count_what_exists() -> None:
    market = Market(1, halts=[(RUNNING - 5 * MINUTE_MS, RUNNING - 2 * MINUTE_MS)])
    rows = Rows(market, Writer())
    newest = opens(rows.newest("BTC-USDT", GRID, NOW, 4, NOW))
    assert newest == [RUNNING - n * MINUTE_MS for n in (6, 2, 1, 0)]
    oldest = opens(rows.oldest("BTC-USDT", GRID, RUNNING - 6 * MINUTE_MS, NOW, 3, NOW))
    assert oldest == newest[:3]


def test_nothing_before_the_listing() -> None:
    market = Market(1)
    first = market.first_open("BTC-USDT", monthly())
    rows = Rows(market, Writer())
    assert opens(rows.oldest("BTC-USDT", GRID, 0, NOW, 2, NOW))[0] == market.first_open(
        "BTC-USDT", GRID
    )
    assert rows.newest("BTC-USDT", GRID, first - MINUTE_MS, 5, NOW) == []


def test_without_flat_rows_only_traded_candles_are_there() -> None:
    market = Market(1)
    found = opens(Rows(market, Writer(), flat=False).newest(QUIET, GRID, RUNNING - 1, 20, NOW))
    assert len(found) == 20
    assert all(candle is not None and candle.trades
               for candle in (market.candle(QUIET, GRID, opened) for opened in found))  # fmt: skip
    assert len(range(found[0], found[-1] + 1, MINUTE_MS)) > 20


def test_a_row_is_written_once_and_rows_are_bounded() -> None:
    writer = Writer()
    rows = Rows(Market(1), writer, keep=1_000)
    first = rows.newest("BTC-USDT", GRID, RUNNING - 1, 300, NOW)
    assert rows.newest("BTC-USDT", GRID, RUNNING - 1, 300, NOW) == first
    assert len(writer.written) == 300
    sizes = []
    for page in range(1, 10):
        rows.newest("BTC-USDT", GRID, RUNNING - 1 - page * 300 * MINUTE_MS, 300, NOW)
        sizes.append(rows.kept)
    assert max(sizes) <= 1_300
    assert sizes != sorted(sizes)
    assert rows.newest("BTC-USDT", GRID, RUNNING - 1, 300, NOW) == first
