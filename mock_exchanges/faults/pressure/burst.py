"""Candles come in bursts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.interference import Delivery
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.holding import ActiveHolding
from mock_exchanges.faults.table import register


class Burst(Fault):
    """Candle messages are held back for some seconds and then come all at once.

    With ``copies`` each of them comes so many times; with ``hold_s=0`` none is held back.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.burst:ActiveBurst"

    fault: Literal["burst"] = "burst"
    hold_s: float = Field(
        default=5, ge=0, description="seconds from the first message held back to the burst"
    )
    copies: int = Field(default=1, ge=1, description="how often each message comes")


class ActiveBurst(ActiveHolding):
    """Begins to hold with the first message it strikes; later ones wait with it."""

    fault: Burst

    def on_delivery(self, delivery: Delivery, now_ms: int) -> Sequence[str]:
        if not self.means_delivery(delivery):
            return (delivery.message,)
        waiting = self.of(delivery.connection)
        struck = self.strikes(delivery.connection.number, now_ms, delivery.message)
        copies = self.fault.copies if struck else 1
        if not waiting and (not struck or not self.fault.hold_s):
            return (delivery.message,) * copies
        due_ms = waiting[0].due_ms if waiting else now_ms + round(self.fault.hold_s * 1000)
        for each in self.past_the_rest(delivery, now_ms) * copies:
            each.due_ms = due_ms
            self.held.append(each)
        return ()


register(Burst)
