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


Role = Literal["data", "ack", "pong", "ping", "error", "notice", "beat"]


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text message. ``topic`` names the stream it is of; answers have none.

    ``role`` says what the message is to the conversation: data of a stream, the answer
    to a request (ack, or error), to a ping (pong), the exchange's own ping, a notice
    or welcome, a heartbeat. ``fragments`` is in how many frames it goes out, and
    ``binary`` whether as a binary message.
    """

    text: str
    topic: str = ""
    role: Role = "data"
    fragments: int = 1
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """Send bytes as they are: part of a frame, or none at all.

    ``text`` is the message that is whole with them, if one is.
    """

    data: bytes
    text: str = ""


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


Action = Send | Raw | Ping | Pong | Close | Drop
