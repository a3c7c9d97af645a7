"""drip: the bytes of a message come few at a time."""

from __future__ import annotations

import asyncio

import pytest

from mock_exchanges.core.actions import Ping, Raw, Send
from mock_exchanges.core.frames import text_frame
from mock_exchanges.faults import Drip
from tests.mock_exchanges.faults.bench import EPOCH_MS, client, play
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    heard_with,
    heard_without,
    rows,
)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_messages_are_whole_in_the_end_and_late(exchange: str) -> None:
    clean = heard_without(exchange, 30)
    heard = heard_with(Drip(bytes=50, every_ms=20), exchange, 30)
    assert [each.text for each in heard] == [each.text for each in clean][: len(heard)]
    assert len(clean) - len(heard) <= 2
    for late, each in zip(heard, clean, strict=False):
        pieces = -(-len(text_frame(each.text)) // 50)
        if rows(each.text):
            assert late.at_ms - each.at_ms >= (pieces - 1) * 20


def test_what_follows_waits_its_turn() -> None:
    async def main() -> list[object]:
        async with client() as one:
            ws = await one.subscribed()
            await one.candles(ws, 1)
            active = one.mock.add_fault(Drip(bytes=10, every_ms=100))
            engine = one.mock.engine
            connection = engine.connections[1]
            now = one.mock.now_ms()
            first = active.on_actions(connection, [Send("x" * 23, "t"), Ping(b"!")], now)
            first += active.on_actions(connection, [Send("y", "t")], now + 50)
            assert first == []
            times: list[object] = []
            while (due := active.due()) is not None:
                for _, actions in active.tick(due):
                    times += [(due - now, each) for each in actions]
            return times

    times = play(main)
    frame = text_frame("x" * 23)
    assert times == [
        (0, Raw(frame[:10])),
        (100, Raw(frame[10:20])),
        (200, Raw(frame[20:], "x" * 23)),
        (200, Ping(b"!")),
        (300, Raw(text_frame("y"), "y")),
    ]


def test_removed_in_the_middle_the_rest_comes_at_once() -> None:
    async def main() -> tuple[list[str], int, int]:
        async with client() as one:
            ws = await one.subscribed()
            await one.candles(ws, 1)
            active = one.mock.add_fault(Drip(bytes=1, every_ms=1000))
            await one.mock.until(lambda entry: entry.kind == "bytes", within_s=60)
            await asyncio.sleep(5)
            removed_ms = one.mock.now_ms()
            one.mock.remove_fault(active)
            texts = await one.candles(ws, 1)
            heard_ms = one.mock.now_ms()
            texts += await one.candles(ws, 2)
            return texts, removed_ms, heard_ms

    texts, removed_ms, heard_ms = play(main)
    assert heard_ms == removed_ms > EPOCH_MS
    assert len(texts) == 3
    assert all(rows(text) for text in texts)
