"""wrong-interval: a candle of an interval for which nobody asked."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import WrongInterval
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault
from tests.mock_exchanges.faults.recording import heard_without, live, record


@pytest.mark.parametrize("exchange", ["demo", "binance", "okx", "kucoin"])
def test_it_comes_before_each_candle(exchange: str) -> None:
    async def act(one: Client) -> list[tuple[tuple[str, str] | None, str]]:
        heard = live(await record(one, 20))
        return [(one.samples.about(each.text), each.bare) for each in heard]

    first = 1 if exchange == "okx" else 0
    found = with_fault(WrongInterval(), act, exchange)[first:]
    clean = [each.bare for each in live(heard_without(exchange))][first:]
    assert [text for _, text in found[1::2]] == clean
    wrong, right = found[0][0], found[1][0]
    assert wrong is not None and right is not None
    assert wrong[0] == right[0] and wrong[1] != right[1]
    assert [about for about, _ in found] == [wrong, right] * len(clean)


def test_where_one_interval_is_streamed_it_is_refused() -> None:
    async def main() -> None:
        async with client("coinbase") as one:
            with pytest.raises(ValueError, match="FIVE_MINUTE is the only one"):
                one.mock.add_fault(WrongInterval())
            await one.is_well()

    play(main)
