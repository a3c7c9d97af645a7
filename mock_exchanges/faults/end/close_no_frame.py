"""The connection ends without a close frame."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.actions import Action, Drop
from mock_exchanges.core.engine import Connection
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.end.ending import Ending
from mock_exchanges.faults.table import register


class CloseNoFrame(Ending):
    """The connection's stream ends without a close frame, which clients report as 1006."""

    fault: Literal["close-no-frame"] = "close-no-frame"

    def end(self, work: ActiveFault, connection: Connection, now_ms: int) -> list[Action]:
        return [Drop("eof")]


register(CloseNoFrame)
