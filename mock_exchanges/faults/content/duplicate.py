"""Each message comes several times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from mock_exchanges.core.interference import Delivery
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class Duplicate(Fault):
    """Each candle message comes several times in a row."""

    fault: Literal["duplicate"] = "duplicate"
    copies: int = Field(default=2, ge=2, description="how often each message comes")

    def spoil_delivery(self, work: ActiveFault, delivery: Delivery, now_ms: int) -> Sequence[str]:
        return (delivery.message,) * self.copies


register(Duplicate)
