"""RFC 6455 frames as a server sends them: unmasked, unfragmented, uncompressed."""

from __future__ import annotations

import struct

_FIN = 0x80
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


def text_frame(text: str) -> bytes:
    """Return a text message as one frame."""
    return _frame(_TEXT, text.encode())


def ping_frame(payload: bytes) -> bytes:
    """Return a ping; a payload over 125 bytes is cut, as control frames hold no more."""
    return _frame(_PING, payload[:125])


def pong_frame(payload: bytes) -> bytes:
    """Return a pong; a payload over 125 bytes is cut."""
    return _frame(_PONG, payload[:125])


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; a reason over 123 bytes is cut at a character."""
    text = reason.encode()[:123].decode("utf-8", "ignore").encode()
    return _frame(_CLOSE, struct.pack("!H", code) + text)


def empty_close_frame() -> bytes:
    """Return a close frame without a code, the answer to one without a code."""
    return _frame(_CLOSE, b"")


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _FIN | opcode, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _FIN | opcode, 126, size) + payload
    return struct.pack("!BBQ", _FIN | opcode, 127, size) + payload
