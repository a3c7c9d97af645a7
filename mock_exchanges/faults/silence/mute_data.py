"""The candles stop while the connection looks well."""

from __future__ import annotations

from typing import Literal

from mock_exchanges.faults.silence.muting import Muting
from mock_exchanges.faults.table import register


class MuteData(Muting):
    """The client gets no more candles, while pings, pongs and answers go on."""

    fault: Literal["mute-data"] = "mute-data"


register(MuteData)
