"""fragment: several frames, the same messages."""

from __future__ import annotations

import pytest

from mock_exchanges.core.frames import message_frames
from mock_exchanges.faults import Fragment
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.faults.recording import EXCHANGES, heard_with, heard_without


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_messages_are_the_same(exchange: str) -> None:
    assert heard_with(Fragment(pieces=4), exchange) == heard_without(exchange)


def test_they_come_in_frames_that_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def spy(text: str, **options: int) -> bytes:
        asked.append(options["fragments"])
        return message_frames(text, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("mock_exchanges.server.shell.message_frames", spy)

    async def act(one: Client) -> None:
        await one.candles(await one.subscribed(), 3)

    with_fault(Fragment(pieces=4), act)
    assert asked[:3] == [4, 4, 4]
    # not final, then continuations, the last one final
    frame = message_frames("abcdefgh", fragments=4)
    assert [frame[at] for at in range(0, len(frame), 4)] == [0x01, 0x00, 0x00, 0x80]
