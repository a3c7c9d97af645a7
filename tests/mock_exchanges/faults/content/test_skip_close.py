"""skip-close: the last message of a candle never comes."""

from __future__ import annotations

import pytest

from mock_exchanges.core.hub import CandleStream
from mock_exchanges.faults import SkipClose
from mock_exchanges.faults.content.last import is_last
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.faults.bench import EPOCH_MS
from tests.mock_exchanges.faults.recording import (
    EXCHANGES,
    heard_with,
    heard_without,
    live,
    opens,
)

SECONDS = 700


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_all_but_the_last_of_each_candle_come(exchange: str) -> None:
    clean = live(heard_without(exchange, SECONDS))
    heard = live(heard_with(SkipClose(), exchange, SECONDS))
    told = opens(clean)
    kept = [
        each.bare
        for at, each in enumerate(clean[:-1])
        if told[at + 1] == told[at]
    ]  # fmt: skip
    assert len(kept) < len(clean) - 1
    assert [each.bare for each in heard][: len(kept)] == kept
    assert not any('"x":true' in each.bare for each in heard)


def test_so_many_closes_come_before() -> None:
    heard = live(heard_with(SkipClose(after=2, times=1), "binance", 400))
    minutes = sorted(set(opens(heard)))
    closed = [opens([each])[0] for each in heard if '"x":true' in each.bare]
    assert closed == [minute for minute in minutes[:-1] if minute != minutes[2]]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_in_memory_exactly_one_message_a_candle_is_the_last(exchange: str) -> None:
    one = MockExchange(exchange, seed=3)
    samples = one.exchange.samples
    stream = one.exchange.stream(samples.topic(samples.pairs[0], samples.usual))
    assert isinstance(stream, CandleStream)
    at_ms: int | None = EPOCH_MS
    told: list[tuple[int, bool]] = []
    while at_ms is not None and at_ms < EPOCH_MS + 3_000_000:
        candle = stream.reading(at_ms)
        if candle is not None:
            assert stream.publish(at_ms) == stream.written((candle,), at_ms)
            told.append((candle.open_ms, is_last(stream, at_ms)))
        else:
            assert stream.publish(at_ms) is None
        at_ms = stream.next_after(at_ms)
    for opened in sorted({opened for opened, _ in told})[1:-1]:
        marks = [last for each, last in told if each == opened]
        assert marks == [False] * (len(marks) - 1) + [True]
