"""RFC 6455 frames as a server sends them, unmasked; compressed as RFC 7692 has it."""

from __future__ import annotations

import struct
import zlib

_FIN, _RSV1 = 0x80, 0x40
_MORE, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
# never in a frame: RFC 6455, 7.4.1
_NO_CODE = 1005
# what a sync flush ends with, and a message goes without
_FLUSH_TAIL = b"\x00\x00\xff\xff"


def text_frame(text: str) -> bytes:
    """Return a text message as one frame."""
    return _frame(_FIN | _TEXT, text.encode())


def message_frames(
    text: str, *, fragments: int = 1, binary: bool = False, compressed: bool = False
) -> bytes:
    """Return a message as so many frames, each with about as much of it as the others.

    Compressed messages do not refer to earlier ones, whatever was negotiated.
    """
    payload = text.encode()
    opcode = _BINARY if binary else _TEXT
    if compressed:
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
        payload = packed.removesuffix(_FLUSH_TAIL)
        opcode |= _RSV1
    size = max(1, -(-len(payload) // fragments))
    parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return b"".join(
        _frame((opcode if not at else _MORE) | (_FIN if at == last else 0), part)
        for at, part in enumerate(parts)
    )


def ping_frame(payload: bytes) -> bytes:
    """Return a ping; a payload over 125 bytes is cut, as control frames hold no more."""
    return _frame(_FIN | _PING, payload[:125])


def pong_frame(payload: bytes) -> bytes:
    """Return a pong; a payload over 125 bytes is cut."""
    return _frame(_FIN | _PONG, payload[:125])


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; a reason over 123 bytes is cut at a character.

    1005 stands for a close without a code, so that frame is empty.
    """
    if code == _NO_CODE:
        return empty_close_frame()
    text = reason.encode()[:123].decode("utf-8", "ignore").encode()
    return _frame(_FIN | _CLOSE, struct.pack("!H", code) + text)


def empty_close_frame() -> bytes:
    """Return a close frame without a code, the answer to one without a code."""
    return _frame(_FIN | _CLOSE, b"")


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", head, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", head, 126, size) + payload
    return struct.pack("!BBQ", head, 127, size) + payload
