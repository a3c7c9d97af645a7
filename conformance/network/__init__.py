"""Production host names lead to the mock exchanges; every other host is refused."""

from __future__ import annotations

from conformance.network.errors import BlockingCall, HostRefused
from conformance.network.network import Network, bypasses
from conformance.network.trust import prepare

__all__ = ["BlockingCall", "HostRefused", "Network", "bypasses", "prepare"]
