"""A block in which what is judged may run: the process is kept, output is limited."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from conformance.process.blame import noting_interrupts
from conformance.process.keeping import Changes, kept
from conformance.process.output import limited
from conformance.process.staying import staying

__all__ = ["hosted"]


@contextlib.contextmanager
def hosted() -> Iterator[Changes]:
    """Keep the process, and as it is; limit output; tell the user's Ctrl-C from any other.

    Yields what was changed, which is known after the block.
    """
    with kept() as changes, staying(), limited(), noting_interrupts():
        yield changes
