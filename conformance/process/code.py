"""Functions of the standard library and of the suite that a subject may replace."""

from __future__ import annotations

import asyncio
import builtins
import json
import os
import select
import selectors
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from conformance.clock import VirtualLoop
from conformance.process.values import Level

__all__ = ["Replaced", "loaded", "namespaces", "put_back", "put_modules_back"]

# what other parts of a host cannot do without
_PLAIN = (builtins, json, os, select, selectors, signal, socket, subprocess, threading, time)
# libraries that are asked to patch these do it in good order: truststore, nest_asyncio
_PATCHED = (ssl, asyncio, asyncio.base_events, asyncio.events, asyncio.tasks)
_CLASSES: tuple[tuple[type, Level], ...] = (
    (socket.socket, Level.BREAKS),
    *((each, Level.SHARED) for each in VirtualLoop.__mro__ if each is not object),
)
# what the libraries set themselves
_THEIR_OWN = {
    "_event_loop_policy", "environ", "excepthook", "tzname", "timezone", "altzone", "daylight",
}  # fmt: skip
_OURS = {*sys.stdlib_module_names, "conformance", "mock_exchanges", "aiohttp", "pytest", "_pytest"}

# a name that stood for something else, and what that means
Replaced = tuple[str, Level]


def namespaces() -> Iterator[tuple[Any, Level]]:
    """Yield the modules and classes whose names are looked after."""
    for module in _PLAIN:
        yield module, Level.BREAKS
    for module in _PATCHED:
        yield module, Level.SHARED
    yield from _CLASSES


def loaded() -> dict[str, ModuleType]:
    """Return the modules that are loaded."""
    return dict(sys.modules)


def put_back(owner: Any, level: Level, old: Mapping[str, Any]) -> Iterator[Replaced]:
    """Put a namespace back; yield what had been replaced."""
    # a copy, as what is put back may be what we work with
    now = dict(vars(owner))
    own = owner in _PATCHED or isinstance(owner, type)
    written = isinstance(owner, type)  # its special methods are its own
    for name, value in old.items():
        if now.get(name, _NOTHING) is not value and _is_kept(name, own, written):
            setattr(owner, name, value)
            yield f"{_name(owner)}.{name}", level
    for name in [each for each in now if each not in old] if own else []:
        if not isinstance(now[name], ModuleType) and _is_kept(name, own, written):
            delattr(owner, name)


def put_modules_back(old: dict[str, ModuleType]) -> Iterator[Replaced]:
    """Put modules back that were removed, or replaced if they are not the subject's own."""
    for name, module in old.items():
        now = sys.modules.get(name)
        if now is module or (now is not None and name.partition(".")[0] not in _OURS):
            continue
        sys.modules[name] = module
        plain = name in sys.stdlib_module_names
        yield f"sys.modules[{name!r}]", Level.BREAKS if plain else Level.SHARED


_NOTHING = object()


def _is_kept(name: str, private: bool, special: bool) -> bool:
    if name.startswith("__") and name.endswith("__"):
        return special
    return name not in _THEIR_OWN and (private or not name.startswith("_"))


def _name(owner: Any) -> str:
    if isinstance(owner, ModuleType):
        return owner.__name__
    return f"{owner.__module__}.{owner.__qualname__}"
