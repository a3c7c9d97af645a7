"""Which message of a candle is its last."""

from __future__ import annotations

from mock_exchanges.core.hub import CandleStream

# how many times a stream is asked: at some of them it has nothing to say
_ASKED = 48


def is_last(stream: CandleStream, at_ms: int) -> bool:
    """Return whether the message told at ``at_ms`` is the last one of its candle.

    ``at_ms`` is epoch milliseconds on the exchange's clock. Where nothing marks a close
    this is all that tells one.
    """
    told = stream.reading(at_ms)
    if told is None:
        return False
    for _ in range(_ASKED):
        after_ms = stream.next_after(at_ms)
        if after_ms is None:
            return True
        candle = stream.reading(after_ms)
        if candle is not None:
            return candle.open_ms != told.open_ms
        at_ms = after_ms
    return True
