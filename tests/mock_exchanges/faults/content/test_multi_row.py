"""multi-row: one message tells several candles."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import MultiRow
from tests.mock_exchanges.faults.bench import client, play
from tests.mock_exchanges.faults.recording import heard_with, heard_without, opens, rows


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("exchange", ["demo", "coinbase", "okx"])
def test_the_last_candles_come_together(exchange: str, newest_first: bool) -> None:
    clean = heard_without(exchange)
    fault = MultiRow(rows=4, newest_first=newest_first)
    heard = heard_with(fault, exchange)
    assert len(heard) == len(clean)
    changed = [pair for pair in zip(heard, clean, strict=True) if pair[0].bare != pair[1].bare]
    assert len(changed) > 1
    for several, one in changed:
        told = opens([several])
        assert len(told) == 4
        assert told == sorted(told, reverse=newest_first)
        assert rows(one.text)[0] in rows(several.text)
        assert max(told) == opens([one])[0]


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
def test_where_there_is_no_room_it_is_refused(exchange: str) -> None:
    async def main() -> None:
        async with client(exchange) as one:
            with pytest.raises(
                ValueError, match=f"multi-row cannot be at {exchange}.*room for one"
            ):
                one.mock.add_fault(MultiRow())
            await one.is_well()

    play(main)
