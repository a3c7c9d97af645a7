"""What the live checks see of a feed, ours or the user's: what it handed over, and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from conformance.contract import Reading


@dataclass(frozen=True, slots=True)
class Emitted:
    """A closed candle that a feed passed on, when (epoch ms), and where it came from."""

    reading: Reading
    at_ms: int
    source: Literal["stream", "rest", "feed"]
    pair: str = ""

    @property
    def open_ms(self) -> int:
        """The candle's open time, epoch milliseconds."""
        return round(float(self.reading.timestamp) * 1000)


@dataclass(frozen=True, slots=True)
class Note:
    """Something a feed told its caller, when (epoch ms).

    ``error`` marks what says that something is wrong, rather than that all is well.
    """

    at_ms: int
    text: str
    error: bool = False


class Watched(Protocol):
    """A feed under observation. `start` it, read what came, `stop` it."""

    # the candle that must come first: earlier ones may
    first_ms: int

    @property
    def candles(self) -> Sequence[Emitted]:
        """The closed candles handed over, in the order in which they came."""

    @property
    def updates(self) -> Sequence[object]:
        """Signs of life: updates of running candles, and closed ones."""

    @property
    def notes(self) -> Sequence[Note]:
        """What it told its caller."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """End; nothing is to be left behind."""


__all__ = ["Emitted", "Note", "Watched"]
