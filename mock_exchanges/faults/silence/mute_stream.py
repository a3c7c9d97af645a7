"""One of many streams stops."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.faults.silence.muting import Muting
from mock_exchanges.faults.table import register


class MuteStream(Muting):
    """One stream of a connection says nothing more, while the others go on."""

    fault: Literal["mute-stream"] = "mute-stream"
    stream: str = Field(min_length=1, description="the streams with this in their name stop")

    def aims_at(self, action: Action) -> bool:
        # heartbeats are a stream, too
        return isinstance(action, Send) and bool(action.topic)


register(MuteStream)
