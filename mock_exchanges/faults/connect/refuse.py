"""Nobody gets in: the TCP connection is reset."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.actions import Drop
from mock_exchanges.faults.connect.before_words import BeforeWords
from mock_exchanges.faults.table import register


class Refuse(BeforeWords):
    """New TCP connections are reset before anything is said.

    What is connected stays so. On a TLS listener the reset follows the TLS handshake.
    """

    fault: Literal["refuse"] = "refuse"

    def spoil_arrival(self) -> Drop:
        return Drop("reset")


register(Refuse)
