"""For every test: no other host, and clocks that a virtual run can move."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from conformance import clock
from conformance.network import Network
from conformance.setting import Trust

# Before any test module imports a client library.
clock.install()
# A shell that starts the tests in the background has it ignored, and tests that raise it wait.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[Network]:
    """Refuse every connection that would leave this machine, by name."""
    with Network().active() as network:
        yield network


@pytest.fixture(scope="module")
def trust() -> Iterator[Trust]:
    """Let clients trust the mock exchanges' certificates."""
    made = Trust()
    yield made
    made.close()
