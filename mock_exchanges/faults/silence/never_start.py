"""Subscriptions are confirmed and give nothing."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class NeverStart(Fault):
    """A subscription is confirmed and no candle ever comes on it.

    Subscriptions whose candles flow already are left alone; a new one on the same
    connection, or after connecting anew, is struck. So ``after``, ``every``, ``times``
    and ``probability`` count subscriptions here, and one that was struck stays silent
    until the fault is removed.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.silence.starting:ActiveStarting"

    fault: Literal["never-start"] = "never-start"
    after: int = Field(
        default=0, ge=0, description="so many subscriptions of a connection start well before"
    )


register(NeverStart)
