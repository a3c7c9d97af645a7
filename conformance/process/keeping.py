"""The process is put back after each check as it was before, and it is told what was not so.

What a subject does when it is imported comes before, and stays: that is its place to set things up.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance import clock
from conformance.patience import taken
from conformance.process import code, ending, files
from conformance.process.values import Level, values

__all__ = ["Change", "Changes", "kept"]

_STANDARD = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was found changed, and has been put back."""

    what: str
    level: Level
    was: str = ""
    now: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.now}, was {self.was}" if self.was or self.now else self.what


@dataclass(slots=True)
class Changes:
    """What a block changed in the process; filled at its end."""

    found: list[Change] = field(default_factory=list)
    # threads that were begun in it and go on, other than those of pools, and keep the process
    threads: list[threading.Thread] = field(default_factory=list)

    def of(self, *levels: Level) -> list[Change]:
        """Return the changes of some levels."""
        return [each for each in self.found if each.level in levels]


@contextlib.contextmanager
def kept() -> Iterator[Changes]:
    """Put the process back at the end of the block, whatever happened; yield what had changed."""
    clock.install()  # its switches stay
    taken.clear()
    changes = Changes()
    settings = [(value, value.read()) for value in values()]
    spaces = [(owner, level, dict(vars(owner))) for owner, level in code.namespaces()]
    modules, threads, process = code.loaded(), set(threading.enumerate()), os.getpid()
    open_files, children = files.opened(), ending.children()
    at_exit = atexit._ncallbacks()
    copies = [(fd, _copy(fd)) for fd in _STANDARD]
    try:
        yield changes
    finally:
        if os.getpid() != process:
            os._exit(0)  # a subject's fork() that came back: the run is its parent's
        found = changes.found
        if sys.modules != modules:
            found += [Change(what, level) for what, level in code.put_modules_back(modules)]
        for owner, level, old in spaces:
            if vars(owner) != old:
                found += [Change(what, level) for what, level in code.put_back(owner, level, old)]
        for value, before in settings:
            found += _settle(value, before)
        for fd, copy in copies:
            found += _reopen(fd, copy)
        found += [Change(what, Level.BREAKS) for what in taken]
        if count := files.close_since(open_files):
            found.append(Change(f"{count} files and sockets, which it left open", Level.BREAKS))
        ending.children_since(children)
        if atexit._ncallbacks() > at_exit:
            ending.see_to_it()
        changes.threads += ending.left_since(threads)


def _settle(value: Any, before: Any) -> Iterator[Change]:
    try:
        now = value.read()
        if now == before:
            return
        value.put(before)
    except Exception as error:
        yield Change(value.what, Level.BREAKS, now=f"{type(error).__name__}: {error}")
        return
    level, was, is_now = value.level, repr(before), repr(now)
    if value.what == "os.environ":
        lost = {k: v for k, v in before.items() if now.get(k) != v}
        level = level if lost else Level.QUIET  # variables for a library of one's own are usual
        was, is_now = repr(lost), repr({k: now.get(k) for k in lost})
    elif value.what.startswith("sys.path"):
        level = level if set(before) - set(now) else Level.QUIET
    yield Change(value.what, level, was[:80], is_now[:80])


def _copy(fd: int) -> int | None:
    with contextlib.suppress(OSError):
        return os.dup(fd)
    return None


def _reopen(fd: int, copy: int | None) -> Iterator[Change]:
    """Put a standard descriptor back where it leads elsewhere, or nowhere."""
    if copy is None:
        return
    try:
        if not _same(fd, copy):
            os.dup2(copy, fd)
            yield Change(f"file descriptor {fd}", Level.BREAKS)
    finally:
        os.close(copy)


def _same(fd: int, copy: int) -> bool:
    try:
        return os.path.sameopenfile(fd, copy)
    except OSError:
        return False
