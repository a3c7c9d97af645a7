"""compressed: for clients that offer it, and for no others."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import Compressed
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_messages_are_the_same(exchange: str) -> None:
    assert heard_with(Compressed(), exchange) == heard_without(exchange)


def test_it_is_agreed_in_the_handshake() -> None:
    async def act(one: Client) -> int:
        ws = await one.subscribed(compress=15)
        await one.candles(ws, 3)
        return ws.compress

    assert with_fault(Compressed(), act) == 15


def test_a_client_that_offers_nothing_gets_plain_text() -> None:
    async def main() -> tuple[int, int, list[str]]:
        async with client() as one:
            active = one.mock.add_fault(Compressed())
            ws = await one.subscribed(compress=0)
            await one.candles(ws, 3)
            notes = [each.text for each in one.mock.journal.of("fault", connection=1)]
            return active.struck, ws.compress, notes

    struck, compress, notes = play(main)
    assert (struck, compress) == (0, 0)
    assert notes == ["compressed does nothing: the client offers no permessage-deflate"]
