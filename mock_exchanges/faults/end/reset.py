"""The connection is reset."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.actions import Action, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.faults.table import register


class Reset(Ending):
    """The TCP connection is reset; what was under way may be lost."""

    fault: Literal["reset"] = "reset"

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        return [Drop("reset")]


register(Reset)
