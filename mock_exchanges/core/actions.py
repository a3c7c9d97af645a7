"""What passes between a session and its connection, in both directions, as values.

Events come from the client; actions go to it. Sessions return actions and never
touch a transport, so the same session serves sockets, memory and replays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Text:
    """The client sent a text message."""

    text: str


@dataclass(frozen=True, slots=True)
class Binary:
    """The client sent a binary message."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pinged:
    """The client sent a ping control frame."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Ponged:
    """The client sent a pong control frame."""

    payload: bytes = b""


Event = Text | Binary | Pinged | Ponged


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text message. ``topic`` names the stream it is of; answers have none."""

    text: str
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Ping:
    """Send a ping control frame."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Pong:
    """Send a pong control frame."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Close:
    """Send a close frame and end the connection."""

    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """End the connection without a close frame: end of stream, or TCP reset."""

    how: Literal["eof", "reset"] = "eof"


Action = Send | Ping | Pong | Close | Drop
