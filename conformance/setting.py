"""What one run of the suite is about: which adapter, which exchange, which market."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import network
from conformance.clock import DEFAULT_EPOCH_MS
from conformance.loading import Factory

if TYPE_CHECKING:
    from mock_exchanges.server.tls import Authority


class Trust:
    """One certificate authority for a process, and the file that clients are pointed at."""

    def __init__(self) -> None:
        # dear to load, and settings are made where nothing is served, too
        from mock_exchanges.server.tls import Authority

        self._folder = tempfile.TemporaryDirectory(prefix="exchange-conformance-")
        self.authority: Authority = Authority()
        self._undo = contextlib.ExitStack()
        self._undo.enter_context(network.prepare(self.authority, Path(self._folder.name)))

    def close(self) -> None:
        """Undo what was set in the environment, and remove the file."""
        self._undo.close()
        self._folder.cleanup()


@dataclass(frozen=True)
class Setting:
    """Everything that decides a run's outcome; equal settings give equal results."""

    factory: Factory
    exchange: str
    seed: int = 1
    epoch_ms: int = DEFAULT_EPOCH_MS
    # real seconds after which a check that hangs is cut off
    patience_s: float = 30.0
    # why it is judged in real time, "" if it lives on virtual time
    real_time: str = ""

    @property
    def adapter(self) -> str:
        """The adapter as the user named it."""
        return self.factory.path

    @property
    def judged(self) -> str:
        """What is judged: "adapter", or "feed"."""
        return self.factory.wanted.what

    @cached_property
    def exchange_name(self) -> str:
        """The exchange without its date."""
        return self.exchange.partition("@")[0]
