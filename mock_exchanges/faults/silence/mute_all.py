"""The exchange says nothing at all, and hears everything."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.core.actions import Action, Close, Drop
from mock_exchanges.faults.silence.muting import Muting
from mock_exchanges.faults.table import register


class MuteAll(Muting):
    """No message, ping, pong or answer comes any more until the exchange ends the connection.

    It still hears the client and answers a close, other than with half-open.
    """

    fault: Literal["mute-all"] = "mute-all"

    def aims_at(self, action: Action) -> bool:
        return not isinstance(action, (Close, Drop))


register(MuteAll)
