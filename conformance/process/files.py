"""Files and sockets that a check's subject leaves open in great numbers."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import socket

__all__ = ["close_since", "opened"]

# so many left open are no pool of connections
_MANY = 200
_FOLDER = "/proc/self/fd"


def opened() -> frozenset[str]:
    """Return the descriptors that are open, where the system tells them."""
    with contextlib.suppress(OSError):
        return frozenset(os.listdir(_FOLDER))
    return frozenset()


def close_since(before: frozenset[str]) -> int:
    """Close what was opened since, if it is much; return how much that was.

    It is closed by its owners: a number by itself may be somebody else's by then.
    """
    if len(opened() - before) < _MANY:
        return 0
    gc.collect()
    left = {int(each) for each in opened() - before}
    if len(left) < _MANY:
        return 0
    for each in gc.get_objects():
        with contextlib.suppress(Exception):
            if isinstance(each, (socket.socket, io.FileIO)) and each.fileno() in left:
                each.close()
    return len(left)
